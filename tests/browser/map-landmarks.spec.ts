// Maps by landmarks: every dot is there, how the others were placed is told, and epochs before and after come into the same map.

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL } from './page'

const choose = (page: Page, label: string) => page.locator('#map').getByText(label, { exact: true }).click()
const step = (page: Page) => page.getByTestId('map-step')
const told = (page: Page) => page.getByTestId('map-projection')
const trust = async (page: Page, id: string) => Number(await page.getByTestId(id).getAttribute('data-trust'))

test('of more users than landmarks all are on the map, and how well those that were placed keep their neighbours is told', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu&keep=no&map=canvas')
  await page.evaluate(async () => {
    await window.contrastvae.load({ users: 2500, items: 60, seed: 1 })
    await window.contrastvae.configure({ model: { hidden_size: 16, max_length: 12 }, training: { epochs: 1 } })
    await window.contrastvae.step(20)
  })
  await at(page, 'look')
  await choose(page, 'Users')
  await choose(page, 't-SNE')
  await expect(told(page)).toContainText('2,000 of the 2,500 dots are laid out as landmarks')
  await page.getByRole('button', { name: 'Work out t-SNE' }).click()
  await expect(page.getByRole('button', { name: 'Work out t-SNE anew' })).toBeEnabled({ timeout: 120_000 })
  await expect(page.getByTestId('map-canvas')).toHaveAccessibleName(/^Map of 2,500 Users/)
  await expect(step(page)).toHaveAttribute('data-projection', 'tsne')
  expect(await trust(page, 'map-quality')).toBeGreaterThan(0.85)
  const placed = await trust(page, 'map-quality-placed')
  expect(placed).toBeGreaterThan(0.8)
  expect(placed).toBeLessThan(1)
  await expect(told(page)).toContainText('every other dot stands at the weighted mean of its five nearest landmarks')
  const { violations } = await new AxeBuilder({ page }).include('#map').analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
})

test('the slider leads through the epochs of a layout, and a run that goes on comes into the same map', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu&keep=no&map=canvas')
  await loadExample(page)
  await page.evaluate((config) => window.contrastvae.configure(config), { ...SMALL, training: { epochs: 9 } })
  await at(page, 'look')
  // Epochs of 32 steps, each of which the page sees before the next begins.
  for (const steps of [1, 32, 32]) {
    await page.evaluate((steps) => window.contrastvae.step(steps), steps)
    await page.waitForTimeout(500)
  }
  const slider = page.locator('#map-time')
  const last = Number(await step(page).getAttribute('data-step'))
  await choose(page, 'UMAP')
  await page.getByRole('button', { name: 'Work out UMAP' }).click()
  await expect(page.getByRole('button', { name: 'Work out UMAP anew' })).toBeEnabled({ timeout: 90_000 })
  await expect(page.getByTestId('map-work')).toHaveCount(0)
  await expect(slider).toBeVisible()
  const moments = Number(await slider.getAttribute('max')) + 1
  // The first of each epoch, and the latest.
  expect([3, 4]).toContain(moments)
  await expect(page.getByTestId('map-time')).toHaveText('Now')
  await expect(step(page)).toHaveAttribute('data-step', String(last))
  const picture = () => page.getByTestId('map-canvas').locator('canvas').screenshot()
  const now = await picture()
  await slider.focus()
  await page.keyboard.press('Home')
  await expect(page.getByTestId('map-time')).toHaveText(/Before training|After the first steps/)
  await expect.poll(async () => Number(await step(page).getAttribute('data-step'))).toBeLessThan(last)
  await expect(told(page)).toContainText(new RegExp(`UMAP of \\d+ landmarks after step ${last}; the dots are those after step`))
  await expect(page.getByTestId('map-quality-placed')).toBeVisible()
  expect((await picture()).equals(now)).toBe(false)
  await page.keyboard.press('End')
  await expect.poll(async () => (await picture()).equals(now)).toBe(true)

  // It goes on: the epochs that follow are placed among the same landmarks.
  await page.evaluate(() => window.contrastvae.step(40))
  await expect.poll(async () => Number(await step(page).getAttribute('data-step')), { timeout: 60_000 }).toBe(last + 40)
  await expect(page.getByTestId('map-time')).toHaveText('Now')
  await expect(told(page)).toContainText(
    new RegExp(`UMAP of \\d+ landmarks after step ${last}; the dots are those after step ${last + 40}`),
  )
  expect(Number(await slider.getAttribute('max'))).toBeGreaterThan(moments - 1)
  expect((await picture()).equals(now)).toBe(false)
})
