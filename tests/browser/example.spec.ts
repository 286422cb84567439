// The way of a first visitor: load the example, start, see it learn, ask for recommendations.

import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, losses, mean, startTraining, state } from './page'

for (const map of ['canvas', 'webgl']) {
  test(`the example learns before one's eyes, map by ${map}`, async ({ page }) => {
    await page.goto(`./?map=${map}`)
    await expect(page.getByTestId('device')).toContainText(/CPU, (one core|\d+ cores), SIMD/)
    await loadExample(page)
    await startTraining(page, { training: { epochs: 4 } })

    // A history, while it trains.
    await at(page, 'use')
    await page.getByRole('button', { name: 'Use three popular titles' }).click()
    await expect(page.getByTestId('history').getByRole('listitem')).toHaveCount(3)
    const rows = page.getByTestId('recommendations').getByRole('listitem')
    await expect(rows).toHaveCount(10)
    const early = await rows.allInnerTexts()

    // The map has dots and they move.
    await at(page, 'look')
    const step = page.getByTestId('map-step')
    const canvas = page.getByTestId('map-canvas').locator('canvas')
    await expect(canvas).toBeVisible()
    if (map === 'canvas') await expect(step).toContainText('Drawn without a graphics card')
    else await expect(page.getByRole('button', { name: 'Zoom and pan' })).toBeVisible()
    const before = { step: Number(await step.getAttribute('data-step')), picture: await canvas.screenshot() }
    await expect(async () => expect(Number(await step.getAttribute('data-step'))).toBeGreaterThan(before.step)).toPass()

    await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'finished')
    // The last glide ends half a second after the last snapshot.
    await page.waitForTimeout(800)
    // A frame may come later than the number that tells of it.
    await expect(async () => expect((await canvas.screenshot()).equals(before.picture)).toBe(false)).toPass({ timeout: 30_000 })
    expect(await colours(page)).toBeGreaterThan(6)

    // The loss has fallen and the model is above the baseline.
    const { total, step: steps } = await losses(page)
    expect(steps.length).toBeGreaterThan(20)
    expect(mean(total.slice(-5))).toBeLessThan(mean(total.slice(0, 5)) * 0.95)
    const cell = async (row: string) =>
      Number(await page.getByTestId('validation').locator(`[data-row=${row}][data-metric=ndcg_20]`).textContent())
    expect(await cell('now')).toBeGreaterThan(await cell('popularity'))

    // The list has renewed itself, and the same comes out of the interface for scripts.
    await at(page, 'use')
    await expect(rows).toHaveCount(10)
    expect(await rows.allInnerTexts()).not.toEqual(early)
    await at(page, 'look')
    const users = page.locator('#map').getByText('Users', { exact: true })
    await users.click()
    await expect(step).toHaveAttribute('data-what', 'users')
    const latents = await page.evaluate(() => window.contrastvae.latents('users'))
    expect(latents.indices).toBeTruthy()
    expect((await state(page)).state).toBe('finished')
  })
}

/** How many different strong colours the map shows. */
async function colours(page: Page): Promise<number> {
  return page.evaluate(() => {
    const source = document.querySelector<HTMLCanvasElement>('[data-testid=map-canvas] canvas')
    if (!source) return 0
    const copy = document.createElement('canvas')
    copy.width = source.width
    copy.height = source.height
    const context = copy.getContext('2d')
    context?.drawImage(source, 0, 0)
    const data = context?.getImageData(0, 0, copy.width, copy.height).data ?? new Uint8ClampedArray()
    const seen = new Map<number, number>()
    for (let i = 0; i < data.length; i += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(i, i + 4)
      if (alpha < 128 || Math.max(red, green, blue) - Math.min(red, green, blue) < 40) continue
      const coarse = ((red >> 5) << 10) | ((green >> 5) << 5) | (blue >> 5)
      seen.set(coarse, (seen.get(coarse) ?? 0) + 1)
    }
    return [...seen.values()].filter((pixels) => pixels > 20).length
  })
}

test('a dot is named under the pointer and by the arrow keys', async ({ page }) => {
  await page.goto('./?map=canvas')
  await loadExample(page)
  await page.getByRole('button', { name: 'Step', exact: true }).click()
  await at(page, 'look')
  const map = page.getByTestId('map-canvas')
  await expect(map.locator('canvas')).toBeVisible()
  await map.scrollIntoViewIfNeeded()
  await map.focus()
  await page.keyboard.press('ArrowRight')
  const name = map.locator('.name strong')
  await expect(name).toBeVisible()
  const first = await name.innerText()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowUp')
  await expect(name).not.toHaveText(first)

  await page.keyboard.press('Escape')
  await expect(name).toBeHidden()
  // A dot of the last snapshot, at the place where the canvas draws it.
  const points = await page.evaluate(async () => [...(await window.contrastvae.latents('items')).points])
  await page.waitForTimeout(800)
  const box = await map.boundingBox()
  if (!box) throw new Error('no map')
  const half = (Math.min(box.width, box.height) / 2) * 0.93
  await page.mouse.move(box.x + box.width / 2 + (points[0] ?? 0) * half, box.y + box.height / 2 - (points[1] ?? 0) * half)
  await expect(name).toBeVisible()
})
