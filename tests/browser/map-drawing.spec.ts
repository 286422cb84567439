// How the map is drawn: by the graphics card, by the processor, from one to the other and back, and how the view is moved.

import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining, state, stop } from './page'

const canvas = (page: Page) => page.getByTestId('map-canvas').locator('canvas')
const step = (page: Page) => page.getByTestId('map-step')

/** Keeps every WebGL context that the page opens, and counts what it draws. */
async function watchDrawing(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const drawing = { contexts: [] as WebGL2RenderingContext[], frames: 0, evaluated: 0 }
    Object.assign(window, { drawing })
    const getContext = HTMLCanvasElement.prototype.getContext as (this: HTMLCanvasElement, ...kind: unknown[]) => unknown
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...kind: unknown[]) {
      const context = getContext.apply(this, kind)
      if (String(kind[0]).startsWith('webgl') && context && !drawing.contexts.includes(context as never))
        drawing.contexts.push(context as never)
      return context
    } as never
    const { drawArrays } = WebGL2RenderingContext.prototype
    WebGL2RenderingContext.prototype.drawArrays = function (...how) {
      drawing.frames += 1
      drawArrays.apply(this, how)
    }
    document.addEventListener('securitypolicyviolation', () => (drawing.evaluated += 1))
  })
}

const drawing = (page: Page) =>
  page.evaluate(() => {
    const { contexts, frames, evaluated } = (window as unknown as { drawing: { contexts: unknown[]; frames: number; evaluated: number } })
      .drawing
    return { contexts: contexts.length, frames, evaluated }
  })

async function trained(page: Page, address: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(address)
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
  await expect(canvas(page)).toBeVisible()
  await canvas(page).scrollIntoViewIfNeeded()
  // The last frame that was asked for.
  await page.waitForTimeout(500)
}

/** Keeps what is on the map's canvas under a name. Returns how many of its pixels are not background. */
async function keep(page: Page, name: string): Promise<number> {
  return canvas(page).evaluate((source, name) => {
    const { width, height } = source as HTMLCanvasElement
    const image = (source as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height)
    Object.assign(window, { [`picture ${name}`]: image?.data })
    let inked = 0
    const data = image?.data ?? []
    for (let i = 0; i < data.length; i += 4) if (Math.min(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0) < 200) inked += 1
    return inked
  }, name)
}

/** Mean difference of the channels between a kept picture and what is on the canvas now, 0 to 255. */
async function difference(page: Page, name: string): Promise<number> {
  return canvas(page).evaluate((source, name) => {
    const { width, height } = source as HTMLCanvasElement
    const now = (source as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? []
    const then = Reflect.get(window, `picture ${name}`) as Uint8ClampedArray
    if (now.length !== then.length) throw new Error('the canvas has another size')
    let sum = 0
    for (let i = 0; i < now.length; i++) sum += Math.abs((now[i] ?? 0) - (then[i] ?? 0))
    return sum / now.length
  }, name)
}

test('a lost context is drawn again, and meanwhile the processor draws the same', async ({ page }) => {
  await watchDrawing(page)
  await trained(page, './?device=cpu&map=webgl')
  await expect(step(page)).not.toContainText('Drawn without a graphics card')
  expect(await keep(page, 'by the card')).toBeGreaterThan(1000)

  await page.evaluate(() => {
    const { contexts } = (window as unknown as { drawing: { contexts: WebGL2RenderingContext[] } }).drawing
    const lose = contexts[0]?.getExtension('WEBGL_lose_context')
    Object.assign(window, { lose })
    lose?.loseContext()
  })
  await expect(step(page)).toContainText('Drawn without a graphics card')
  await page.waitForTimeout(300)
  // Two ways to the same discs: they differ in rounding at the rims, and an empty or a shifted map would differ tenfold.
  expect(await difference(page, 'by the card')).toBeLessThan(0.5)
  expect(await keep(page, 'by the processor')).toBeGreaterThan(1000)

  const { frames } = await drawing(page)
  await page.evaluate(() => (window as unknown as { lose: WEBGL_lose_context }).lose.restoreContext())
  await expect(step(page)).not.toContainText('Drawn without a graphics card')
  await expect.poll(async () => (await drawing(page)).frames).toBeGreaterThan(frames)
  await page.waitForTimeout(300)
  expect(await difference(page, 'by the card')).toBe(0)
})

test('a renderer in software that hides its name is known by its pace, and the processor draws', async ({ page }) => {
  await page.addInitScript(() => {
    // As in WebKit: no name, and no word that it is slow.
    const asked = { named: 0, opened: 0 }
    Object.assign(window, { asked })
    const { getExtension } = WebGL2RenderingContext.prototype
    WebGL2RenderingContext.prototype.getExtension = function (this: WebGL2RenderingContext, name: string) {
      if (name !== 'WEBGL_debug_renderer_info') return getExtension.call(this, name as 'WEBGL_multi_draw')
      asked.named += 1
      return null
    } as typeof getExtension
    const getContext = HTMLCanvasElement.prototype.getContext as (this: HTMLCanvasElement, kind: string, how?: object) => unknown
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, how?: object) {
      const context = getContext.call(this, kind, kind === 'webgl2' ? { ...how, failIfMajorPerformanceCaveat: false } : how)
      if (kind === 'webgl2' && context) asked.opened += 1
      return context
    } as never
  })
  await trained(page, './?device=cpu')
  const asked = await page.evaluate(() => (window as unknown as { asked: { named: number; opened: number } }).asked)
  test.skip(asked.opened === 0, 'this browser brings no WebGL in software')
  expect(asked.named).toBe(1)
  await expect(step(page)).toContainText('Drawn without a graphics card')
  expect(await keep(page, 'by the processor')).toBeGreaterThan(1000)
})

test('one context serves every map, nothing is evaluated, and what is not seen is not drawn', async ({ page }) => {
  await watchDrawing(page)
  await page.goto('./?device=cpu&map=webgl')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 500 } })
  for (const stage of ['look', 'train', 'look'] as const) {
    await at(page, stage)
    await expect(canvas(page)).toBeVisible()
  }
  const users = page.locator('#map').getByText('Users', { exact: true })
  await users.click()
  await expect(step(page)).toHaveAttribute('data-what', 'users')
  expect(await drawing(page)).toMatchObject({ contexts: 1, evaluated: 0 })

  // New maps come all the time; they are drawn while one of their pixels is on the screen.
  const drawn = async () => {
    await page.waitForTimeout(800)
    const before = await drawing(page)
    const { step: steps } = await state(page)
    await expect.poll(async () => (await state(page)).step).toBeGreaterThan(steps + 50)
    return (await drawing(page)).frames - before.frames
  }
  expect(await drawn()).toBeGreaterThan(3)
  await page.setViewportSize({ width: 400, height: 500 })
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
  await expect(canvas(page)).not.toBeInViewport()
  expect(await drawn()).toBe(0)
  // Of another size it is empty, and black on paper, which shows what is below the window too.
  await page.setViewportSize({ width: 440, height: 500 })
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
  await expect(canvas(page)).not.toBeInViewport()
  const corner = await canvas(page).evaluate((one: HTMLCanvasElement) =>
    Array.from(one.getContext('2d')?.getImageData(0, 0, 1, 1).data ?? []),
  )
  expect(corner).toEqual([255, 255, 255, 255])
  await canvas(page).scrollIntoViewIfNeeded()
  expect(await drawn()).toBeGreaterThan(3)
  await at(page, 'data')
  expect(await drawn()).toBe(0)
  await stop(page)
})

test('the view is moved by wheel, by two fingers and by keys', async ({ page }) => {
  await trained(page, './?device=cpu&map=canvas')
  const box = await canvas(page).boundingBox()
  if (!box) throw new Error('no map')
  const middle = [box.x + box.width / 2, box.y + box.height / 2] as const
  await keep(page, 'whole')
  /** Waits for another picture than a kept one, and keeps it. */
  const changed = async (from: string, to: string) => {
    await expect.poll(() => difference(page, from)).toBeGreaterThan(0.5)
    await page.waitForTimeout(200)
    await keep(page, to)
  }
  const isWhole = () => expect.poll(() => difference(page, 'whole')).toBe(0)

  // Until it is asked for, the wheel scrolls the page.
  await page.mouse.move(...middle)
  await page.mouse.wheel(0, -300)
  await page.mouse.move(2, 2)
  await page.waitForTimeout(300)
  await isWhole()
  await page.getByRole('button', { name: 'Zoom and pan' }).click()
  await expect(page.locator('#map')).toContainText('by keyboard + and −')
  await canvas(page).scrollIntoViewIfNeeded()
  const now = (await canvas(page).boundingBox()) ?? box
  await page.mouse.move(now.x + now.width / 2, now.y + now.height / 2)
  await page.mouse.wheel(0, -300)
  await page.mouse.move(2, 2)
  await changed('whole', 'near')

  const map = page.getByTestId('map-canvas')
  await map.focus()
  await page.keyboard.press('Shift+ArrowRight')
  await changed('near', 'aside')
  await page.keyboard.press('0')
  await isWhole()
  await page.keyboard.press('+')
  await changed('whole', 'nearer')
  await page.keyboard.press('-')
  await isWhole()

  // Two fingers that come apart.
  await canvas(page).evaluate((target) => {
    const { left, top, width, height } = target.getBoundingClientRect()
    const send = (type: string, pointerId: number, x: number) =>
      target.dispatchEvent(
        new PointerEvent(type, { pointerId, pointerType: 'touch', bubbles: true, clientX: left + width * x, clientY: top + height / 2 }),
      )
    // No finger of the system's is down, which could be captured.
    target.setPointerCapture = () => {}
    send('pointerdown', 11, 0.45)
    send('pointerdown', 12, 0.55)
    for (let moved = 0.02; moved < 0.3; moved += 0.02) {
      send('pointermove', 11, 0.45 - moved)
      send('pointermove', 12, 0.55 + moved)
    }
    send('pointerup', 11, 0.15)
    send('pointerup', 12, 0.85)
    send('pointerleave', 12, 0.85)
  })
  await changed('whole', 'pinched')
  expect(await difference(page, 'near')).toBeGreaterThan(0.1)

  // A dot that the arrow keys reach outside the view is brought into it.
  await map.focus()
  for (let i = 0; i < 6; i++) await page.keyboard.press('+')
  for (let i = 0; i < 25; i++) {
    await page.keyboard.press('ArrowRight')
    const name = await map.locator('.name').boundingBox()
    if (!name) throw new Error('no name')
    expect(name.x).toBeGreaterThanOrEqual(now.x - 1)
    expect(name.x + name.width).toBeLessThanOrEqual(now.x + now.width + 1)
  }
})
