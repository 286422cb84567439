// The latent map as one HTML file: it opens from a disk with the network off, and what a person does in it by pointer and by keyboard.

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from '@playwright/test'

import { at, choose as open, lines, loadExample, ROWS, SMALL, startTraining } from './page'

const choose = (page: Page, label: string) => page.locator('#map').getByText(label, { exact: true }).click()

async function trained(page: Page, config: object = {}): Promise<void> {
  await startTraining(page, { ...SMALL, training: { epochs: 1 }, ...config })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
}

/** Saves the map and gives the address of the file. */
async function saved(page: Page): Promise<{ name: string; address: string; text: string }> {
  const button = page.getByRole('button', { name: 'Save the map as an interactive HTML file' })
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
  const path = join(mkdtempSync(join(tmpdir(), 'map-')), 'map.html')
  await download.saveAs(path)
  return { name: download.suggestedFilename(), address: pathToFileURL(path).href, text: readFileSync(path, 'utf8') }
}

/** Opens a file without a network, and keeps account of whatever it asks for and of its faults. */
async function opened(context: BrowserContext, address: string) {
  await context.setOffline(true)
  const file = await context.newPage()
  const [asked, faults]: string[][] = [[], []]
  file.on('request', (request) => asked?.push(request.url()))
  file.on('pageerror', (error) => faults?.push(error.message))
  file.on('console', (message) => {
    if (message.type() === 'error') faults?.push(message.text())
  })
  file.on('dialog', (dialog) => {
    faults?.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await file.goto(address)
  return { file, asked: asked as string[], faults: faults as string[] }
}

const violations = async (file: Page) =>
  (await new AxeBuilder({ page: file }).analyze()).violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])

test('the file shows the map by itself: search, legend, keys, both languages and themes', async ({ page, context }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu&keep=no&map=canvas')
  await loadExample(page)
  await trained(page)
  await page.getByRole('button', { name: 'Density' }).click()
  const latents = await page.evaluate(async () => {
    const { indices, points } = await window.contrastvae.latents('items')
    return { dots: indices.length, points: [...points] }
  })
  const step = await page.getByTestId('map-step').getAttribute('data-step')
  const { name, address, text } = await saved(page)
  expect(name).toBe(`contrastvae-items-step${step}.html`)
  const first = await page.evaluate(async () => (await window.contrastvae.recommend([0], 1))[0]?.title ?? '')
  expect(text).toContain(JSON.stringify(first).replaceAll('&', '\\u0026'))

  const { file, asked, faults } = await opened(context, address)
  const board = file.getByRole('application')
  await expect(board).toHaveAttribute('aria-label', new RegExp(`^Map of ${latents.dots.toLocaleString('en')} items`))
  await expect(file.getByRole('heading', { level: 1 })).toContainText(`items after step ${step}`)
  expect(await file.locator('.contours path').count()).toBeGreaterThan(3)

  // Every colour of the legend is on the canvas.
  const seen = () =>
    file.evaluate(() => {
      const canvas = document.querySelector('canvas') as HTMLCanvasElement
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      const counts = new Map<number, number>()
      for (let i = 0; i < data.length; i += 4) {
        const colour = (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!
        counts.set(colour, (counts.get(colour) ?? 0) + 1)
      }
      return [...counts].filter(([, pixels]) => pixels > 60).map(([colour]) => colour)
    })
  const entries = file.getByRole('button', { pressed: false }).filter({ has: file.locator('i') })
  expect(await entries.count()).toBe(8)
  expect((await seen()).length).toBeGreaterThan(8)

  // By keyboard: search, take the first, walk, choose, come nearer and back.
  await file.getByRole('searchbox').focus()
  await file.keyboard.type(first.toUpperCase())
  await expect(file.getByRole('status')).toHaveText(/^\d+ found$/)
  await file.keyboard.press('Enter')
  await expect(file.locator('#chosen')).toHaveText(first)
  const ring = () => file.locator('circle.chosen').evaluate((one) => [Number(one.getAttribute('cx')), Number(one.getAttribute('cy'))])
  const box = await board.boundingBox()
  const [px = NaN, py = NaN] = await ring()
  expect([px / (box?.width ?? 1), py / (box?.height ?? 1)].map((share) => Math.round(share * 10))).toEqual([5, 5])
  await file.keyboard.press('ArrowDown')
  await expect(file.locator('.hits button').first()).toBeFocused()
  await board.focus()
  await file.keyboard.press('0')
  // Towards the middle, where there are others.
  const [across = NaN] = await ring()
  await file.keyboard.press(across < (box?.width ?? 0) / 2 ? 'ArrowRight' : 'ArrowLeft')
  const walked = await file.locator('.name strong').innerText()
  expect(walked).not.toBe(first)
  await file.keyboard.press('Enter')
  await expect(file.locator('#chosen')).toHaveText(walked)
  const whole = await ring()
  await file.keyboard.press('+')
  await file.keyboard.press('Shift+ArrowLeft')
  expect(await ring()).not.toEqual(whole)
  await file.keyboard.press('0')
  expect(await ring()).toEqual(whole)

  // By pointer: the dot that was chosen is where its ring is; a wheel and a drag move it.
  await board.hover({ position: { x: whole[0]!, y: whole[1]! } })
  await expect(file.locator('.name')).toBeVisible()
  await file.mouse.wheel(0, -300)
  await expect.poll(ring).not.toEqual(whole)
  await file.getByRole('button', { name: 'Whole map' }).click()
  await expect.poll(ring).toEqual(whole)

  // One colour alone, and all again.
  const before = await seen()
  await entries.first().click()
  await expect.poll(seen).not.toEqual(before)
  await file.locator('.legend button[aria-pressed=true]').click()
  await expect.poll(seen).toEqual(before)

  expect(await violations(file)).toEqual([])
  await file.getByRole('button', { name: 'Dark' }).click()
  await expect.poll(seen).not.toEqual(before)
  expect(await violations(file)).toEqual([])
  await file.getByRole('button', { name: '繁體中文' }).click()
  await expect(file.getByRole('heading', { level: 1 })).toContainText(`第 ${step} 步之後的項目`)
  await expect(file.locator('html')).toHaveAttribute('lang', 'zh-Hant')
  expect(await violations(file)).toEqual([])
  await file.setViewportSize({ width: 390, height: 800 })
  expect(await file.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
  expect(asked).toEqual([address])
  expect(faults).toEqual([])
  // A request of its own is refused by its policy, network or not.
  const tried = await file.evaluate(() => fetch('data:text/plain,x').then(String, (error: Error) => error.name))
  expect(tried).toBe('TypeError')
})

test('titles and identifiers that look like markup stay text', async ({ page, context }) => {
  await page.goto('./?device=cpu&keep=no&map=canvas')
  const evil = '</script><script>alert(1)</script><img src=x onerror=alert(2)>'
  const rows = ROWS.map(({ user, item, time }) =>
    JSON.stringify({ user, item: `<b>${item}</b>`, title: `${evil} ${item}`, genre: '<i>&', time }),
  )
  await open(page, 'evil.jsonl', lines(...rows))
  await trained(page)
  await choose(page, 'Genre')
  const { address } = await saved(page)
  const { file, asked, faults } = await opened(context, address)
  await file.getByRole('searchbox').fill('i7')
  await expect(file.locator('.hits button').first()).toContainText(`${evil} i7`)
  await file.keyboard.press('Enter')
  await expect(file.locator('#chosen')).toHaveText(`${evil} i7`)
  await expect(file.locator('#chosen + p')).toContainText('Identifier <b>i7</b> · <i>&')
  expect(await file.locator('b, i:not(.legend i), img').count()).toBe(0)
  expect(await file.locator('script').count()).toBe(2)
  expect(asked).toEqual([address])
  expect(faults).toEqual([])
})
