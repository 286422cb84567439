// Two maps side by side: an earlier epoch of the run, and another run that was noted, in the plane of the present one.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining } from './page'

const beside = (page: Page) => page.getByTestId('map-beside')
const choice = (page: Page) => page.getByLabel('Beside it')
const canvasOf = (page: Page, id: string) => page.getByTestId(id).locator('canvas')

async function train(page: Page, config: object): Promise<void> {
  await startTraining(page, { ...SMALL, training: { epochs: 2 }, ...config })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
}

test('an earlier epoch and another run stand beside the map, with one zoom, one choice and one picture', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu&keep=no&map=canvas')
  await loadExample(page)
  await train(page, {})
  const dots = (await page.evaluate(async () => (await window.contrastvae.latents('items')).indices.length)).toString()
  await choice(page).selectOption({ index: 1 })
  await expect(beside(page)).toHaveAttribute('data-step', '0')
  await expect(beside(page)).toHaveAttribute('data-dots', dots)
  const [left, right] = [canvasOf(page, 'map-canvas-beside'), canvasOf(page, 'map-canvas')]
  const [one, other] = [await left.boundingBox(), await right.boundingBox()]
  expect(Math.abs((one?.y ?? 0) - (other?.y ?? 99))).toBeLessThan(2)
  expect((one?.x ?? 0) + (one?.width ?? 0)).toBeLessThan((other?.x ?? 0) + 1)
  expect((await left.screenshot()).equals(await right.screenshot())).toBe(false)

  // What is chosen on one is ringed on both; a zoom is of both.
  await page.getByTestId('map-canvas-beside').focus()
  await page.keyboard.press('ArrowRight')
  const name = await page.getByTestId('map-canvas-beside').locator('.name strong').innerText()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: `Nearest to ${name}` })).toBeVisible()
  for (const id of ['map-canvas', 'map-canvas-beside']) await expect(page.getByTestId(id).locator('circle.chosen').first()).toBeAttached()
  const ring = (id: string) =>
    page
      .getByTestId(id)
      .locator('circle.inner')
      .evaluate((circle) => Number(circle.getAttribute('cx')))
  const before = [await ring('map-canvas'), await ring('map-canvas-beside')]
  await page.getByRole('button', { name: 'Zoom and pan' }).click()
  await page.getByTestId('map-canvas').focus()
  await page.keyboard.press('+')
  await page.keyboard.press('Shift+ArrowLeft')
  await expect.poll(() => ring('map-canvas')).not.toBe(before[0])
  await expect.poll(() => ring('map-canvas-beside')).not.toBe(before[1])
  await page.keyboard.press('0')
  await expect.poll(() => ring('map-canvas-beside')).toBe(before[1])

  // One picture of both.
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the map as SVG' }).click()])
  const picture = readFileSync(await download.path(), 'utf8')
  const drawn = await page.evaluate((source) => {
    const parsed = new DOMParser().parseFromString(source, 'image/svg+xml')
    const layers = [...parsed.querySelectorAll('svg > svg')]
    return {
      errors: parsed.querySelectorAll('parsererror').length,
      dots: layers.map((one) => one.querySelectorAll('g[fill-opacity] circle').length),
    }
  }, picture)
  expect(drawn).toEqual({ errors: 0, dots: [Number(dots), Number(dots)] })

  // Noted now, it is the same map, and every neighbour is the same.
  await page.getByRole('button', { name: 'Note where all are' }).click()
  await choice(page).selectOption('noted')
  await expect(beside(page)).toHaveAttribute('data-agrees', '1')
  await expect.poll(async () => Math.abs((await ring('map-canvas')) - (await ring('map-canvas-beside')))).toBeLessThan(1)
  const { violations } = await new AxeBuilder({ page }).include('#map').analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])

  // Another run has other neighbours, though not all of them.
  await train(page, { seed: 7 })
  await expect(beside(page)).toContainText('Run 1, after epoch 2')
  await expect(page.locator('#map')).toContainText('turned and mirrored first to lie as close as it can')
  const agrees = Number(await beside(page).getAttribute('data-agrees'))
  expect(agrees).toBeGreaterThan(0.05)
  expect(agrees).toBeLessThan(0.95)

  // In a layout it is placed among the landmarks.
  await page.locator('#map').getByText('t-SNE', { exact: true }).click()
  await page.getByRole('button', { name: 'Work out t-SNE' }).click()
  await expect(page.getByRole('button', { name: 'Work out t-SNE anew' })).toBeEnabled({ timeout: 90_000 })
  await expect(beside(page)).toHaveAttribute('data-dots', dots, { timeout: 30_000 })
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
  await choice(page).selectOption('none')
  await expect(beside(page)).toHaveCount(0)
})
