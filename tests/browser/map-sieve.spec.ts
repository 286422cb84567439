// Histograms beside the latent map: what is brushed over is selected, told, kept, saved and loaded alone.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, choose as open, lines, loadExample, SMALL, startTraining, state } from './page'

const choose = (page: Page, label: string) => page.locator('#map').getByText(label, { exact: true }).click()
const sieve = (page: Page) => page.getByTestId('map-sieve')
const facet = (page: Page, key: string) => sieve(page).locator(`[data-facet=${key}]`)
const selection = (page: Page) => page.getByTestId('map-selection')
const picked = async (page: Page) => Number(/\d[\d,]*/.exec(await selection(page).getByRole('heading').innerText())?.[0].replace(',', ''))

async function faults(page: Page) {
  // Colours of another scheme are there with the next frame.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  const { violations } = await new AxeBuilder({ page }).include('#map').analyze()
  return violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary}`) }))
}

async function trained(page: Page, epochs: number): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu&keep=no')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
}

test('brushes select dots together, by pointer and by keyboard, and a selection is kept, saved and loaded alone', async ({ page }) => {
  await trained(page, 1)
  await sieve(page).locator('summary').click()
  await expect(facet(page, 'frequency')).toBeVisible()

  // By keyboard: the least popular go.
  const counts = await page.evaluate(async () => [...(await window.contrastvae.latents('items')).popularity])
  const from = page.getByRole('slider', { name: 'Interactions, from' })
  await from.focus()
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight')
  const least = Number(await from.getAttribute('aria-valuetext'))
  expect(least).toBeGreaterThan(Math.min(...counts))
  const popular = counts.filter((count) => count >= least).length
  await expect.poll(() => picked(page)).toBe(popular)
  await expect(page.getByTestId('map-tally')).toContainText(new RegExp(`Dots\\s*${popular}\\s*${counts.length - popular}`))

  // By pointer, a second one: fewer, all of them within both.
  const asked = facet(page, 'frequency')
  await asked.scrollIntoViewIfNeeded()
  const box = await asked.locator('svg').boundingBox()
  if (!box) throw new Error('no histogram')
  await page.mouse.move(box.x + box.width * 0.02, box.y + 10)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.3, box.y + 10, { steps: 3 })
  await page.mouse.up()
  await expect.poll(() => picked(page)).toBeLessThan(popular)
  const both = await picked(page)
  expect(both).toBeGreaterThan(0)
  await expect(asked).toHaveAttribute('data-range', /^\d+ to \d+$/)
  await selection(page).getByRole('button', { name: 'Sort by Interactions' }).click()
  const column = await selection(page).locator('tbody td.number').allInnerTexts()
  const numbers = column.map((text) => Number(text.replace(',', '')))
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a))
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(least)

  // A genre as well, and without it again.
  const genre = facet(page, 'genre').getByRole('button').first()
  await genre.click()
  await expect.poll(() => picked(page)).toBeLessThan(both)
  await genre.click()
  await expect.poll(() => picked(page)).toBe(both)

  // Kept by a name, and taken again after all brushes are gone.
  await page.getByLabel('Name of the selection').fill('early hits')
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await page.getByRole('button', { name: 'Take all brushes away' }).click()
  await expect(selection(page)).toHaveCount(0)
  await page
    .getByTestId('map-kept')
    .getByRole('button', { name: `early hits (${both})` })
    .click()
  expect(await picked(page)).toBe(both)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save identifiers' }).click()])
  const ids = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\n')
  expect(new Set(ids).size).toBe(both)

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect(await faults(page)).toEqual([])
  }
  await page.setViewportSize({ width: 360, height: 740 })
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)

  // The log of these items alone, with titles and genres, and the kept selection still leads to them.
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.getByRole('button', { name: 'Load only these items' }).click()
  // The rows are written before the question comes.
  await page.getByRole('button', { name: 'Load and drop the run' }).click()
  await expect.poll(async () => (await state(page)).summary?.items).toBe(both)
  const alone = await state(page)
  expect(alone.summary?.name).toContain('early-hits')
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
  const titles = await page.evaluate(async () => (await window.contrastvae.recommend([0], 5)).map(({ title }) => title))
  expect(titles.some((title) => /[a-z] /.test(title))).toBe(true)
  await page
    .getByTestId('map-kept')
    .getByRole('button', { name: `early hits (${both})` })
    .click()
  expect(await picked(page)).toBe(both)
})

test('users are sieved by length, KL and what the model found, whose metrics are those of the test', async ({ page }) => {
  await trained(page, 1)
  await choose(page, 'Users')
  await sieve(page).locator('summary').click()
  await expect(facet(page, 'kl')).toBeVisible()
  await expect(facet(page, 'length')).toBeVisible()
  await page.getByRole('button', { name: /^Ask the model for the hidden last item of [\d,]+ users$/ }).click()
  await expect(page.getByTestId('map-sieve-work')).toBeVisible()
  await expect(facet(page, 'found').getByRole('button')).toHaveCount(5, { timeout: 60_000 })

  // All of them: what the test of the same weights says.
  const all = facet(page, 'found').getByRole('button', { name: /^(\d|beyond)/ })
  for (let i = 0; i < 5; i++) await all.nth(i).click()
  const row = (name: string) => page.getByTestId('map-tally').getByRole('row', { name }).getByRole('cell').first()
  const test = await page.evaluate(async () => (await window.contrastvae.runs())[0]?.run.test?.metrics)
  if (!test) throw new Error('the run was not put to the test')
  await expect(row('Dots')).toHaveText(test.users.toLocaleString('en'))
  await expect(row('Recall@20')).toHaveText(`${Math.round(test.recall_20 * 100)} %`)
  await expect(row('NDCG@20')).toHaveText(test.ndcg_20.toFixed(4))

  // Those that it did not find at all, and those at the top.
  await facet(page, 'found')
    .getByRole('button', { name: /^All of/ })
    .click()
  await facet(page, 'found')
    .getByRole('button', { name: /^beyond 100/ })
    .click()
  await expect(row('Recall@20')).toHaveText('0 %')
  await facet(page, 'found')
    .getByRole('button', { name: /^beyond 100/ })
    .click()
  await facet(page, 'found')
    .getByRole('button', { name: /^1 to 5/ })
    .click()
  await expect(row('Recall@20')).toHaveText('100 %')
  expect(await faults(page)).toEqual([])
})

test('users are sieved by the day on which they were last seen, items by their first, and a run learns from those users alone', async ({
  page,
}) => {
  const [DAY, FIRST, WEEK] = [86_400, 18_300, 7]
  // Reader k comes once a day and stops a week after reader k - 1; title i is there from day 3 i on.
  const last = Array.from({ length: 30 }, (_, k) => FIRST + 60 + WEEK * k)
  const rows = last.flatMap((end, k) =>
    Array.from({ length: 24 }, (_, i) => ({
      user: `r${k}`,
      item: `t${k === 0 ? 23 - i : (5 * k + 7 * i) % 24}`,
      timestamp: (end - i) * DAY + DAY / 2,
    })),
  )
  const firstOf = new Map<string, number>()
  for (const { item, timestamp } of rows) firstOf.set(item, Math.min(firstOf.get(item) ?? Infinity, timestamp / DAY))
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu&keep=no&map=canvas')
  await open(page, 'days.jsonl', lines(...rows.map((row) => JSON.stringify(row))))
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
  await sieve(page).locator('summary').click()
  const written = (day: number) => new Date(day * DAY * 1000).toISOString().slice(0, 10)
  /** Presses the lower end so often; gives the border at which it stands then, of 24 even bins. */
  const brushed = async (label: string, days: readonly number[], times: number) => {
    const [least, most] = [Math.min(...days), Math.max(...days)]
    const border = least + ((most - least) * times) / 24
    const from = page.getByRole('slider', { name: label })
    for (let i = 0; i < times; i++) await from.press('ArrowRight')
    await expect(from).toHaveAttribute('aria-valuetext', written(border))
    const within = days.filter((day) => day >= border).length
    expect(within).toBeGreaterThan(0)
    expect(within).toBeLessThan(days.length)
    await expect.poll(() => picked(page)).toBe(within)
    return within
  }
  await expect(facet(page, 'time')).toBeVisible()
  await brushed('First seen, from', [...firstOf.values()], 5)

  await choose(page, 'Users')
  const days = last.map((day) => day + 0.5)
  const within = await brushed('Last seen, from', days, 10)
  const names = await selection(page).locator('tbody th').allInnerTexts()
  expect(names.map((name) => name.trim()).sort()).toEqual(Array.from({ length: within }, (_, i) => `r${30 - within + i}`).sort())
  await page.getByRole('button', { name: 'Load only these users' }).click()
  await page.getByRole('button', { name: 'Load and drop the run' }).click()
  await expect.poll(async () => (await state(page)).summary?.users).toBe(within)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
  await choose(page, 'Users')
  await expect(page.getByTestId('map-canvas')).toHaveAccessibleName(new RegExp(`^Map of ${within} Users`))
})
