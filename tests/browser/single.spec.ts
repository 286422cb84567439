// The page in one file (`cargo xtask build --single`), opened from the disk: no server, no connection.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, choose, lines, loadExample, ROWS, SMALL, startTraining, state, summary } from './page'

const FILE = process.env.SINGLE_FILE ?? resolve(import.meta.dirname, '../../contrastvae-lab.html')
const address = (parameters: string) => `${pathToFileURL(FILE).href}${parameters}`

test.beforeAll(() => {
  if (!existsSync(FILE)) throw new Error(`${FILE} is not there: cargo xtask build --single writes it`)
})

/** Whatever the page asks for beside itself, and whatever it complains of. */
function watched(page: Page) {
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url())) requests.push(request.url())
  })
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { requests, complaints }
}

test('it opens from a file, trains, recommends, and asks for nothing but itself', async ({ page }) => {
  const { requests, complaints } = watched(page)
  await page.goto(address('?device=cpu'))
  await loadExample(page)
  await at(page, 'train')
  await startTraining(page, SMALL)
  await expect.poll(async () => (await state(page)).state, { timeout: 90_000 }).toBe('finished')
  const { validation } = await page.evaluate(() => window.contrastvae.metrics())
  expect(validation.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  expect(validation.at(-1)?.metrics.ndcg_20).toBeGreaterThan(validation[0]?.popularity.ndcg_20 ?? NaN)
  expect(await page.evaluate(() => window.contrastvae.recommend([0, 1], 5))).toHaveLength(5)
  // A checkpoint leaves the page and comes back.
  await page.evaluate(async () => window.contrastvae.restore(await window.contrastvae.checkpoint()))
  for (const stage of ['look', 'use', 'compare', 'about', 'start'] as const) await at(page, stage)
  await page.goBack()
  await expect(page.locator('main')).toHaveAttribute('data-stage', 'about')
  expect(requests).toEqual([address('?device=cpu')])
  expect(complaints).toEqual([])
})

test('it says what is different in a file, in both languages, and fits a phone', async ({ page }) => {
  const { complaints } = watched(page)
  await page.setViewportSize({ width: 360, height: 740 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(address('?device=cpu&lang=zh-Hant'))
  const note = page.locator('#one-file')
  await expect(note).toContainText('以 CPU 的一個核心訓練')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  await page.goto(address('?device=cpu&lang=en'))
  await expect(note).toContainText('It trains on one core of the CPU')
  // Kept or not, the note says which.
  await expect(note.getByTestId('file-storage')).toHaveText(/^This browser (keeps runs|refuses storage)/)
  const { violations } = await new AxeBuilder({ page }).include('#one-file').analyze()
  expect(violations).toEqual([])
  await at(page, 'about')
  await expect(page.getByTestId('keeping')).toContainText('This page is a file')
  await expect(page.getByTestId('requests')).toContainText('No request was made')
  expect(complaints).toEqual([])
})

test('its policy lets neither page nor worker send anything, to wherever', async ({ page }) => {
  await page.goto(address('?device=cpu'))
  await expect(page.getByText('CPU, one core').first()).toBeVisible()
  await at(page, 'about')
  await page.getByRole('button', { name: 'Try to send “test” elsewhere' }).click()
  const trial = page.getByTestId('trial')
  await expect(trial).toContainText('Each attempt was refused by this browser.')
  await expect(trial.getByText(/From the worker, by fetch/)).toHaveCount(1)
  await expect(trial.getByText('refused (connect-src)')).toHaveCount(5)
  // The file's own folder is no exception.
  const beside = await page.evaluate(() => fetch('./local-data.json').then(String, () => 'refused'))
  expect(beside).toBe('refused')
})

test('it reads a log and a spreadsheet of the visitor', async ({ page }) => {
  await page.goto(address('?device=cpu'))
  await choose(
    page,
    'mine.csv',
    lines('user,item,rating,time', ...ROWS.map(({ user, item, rating, time }) => `${user},${item},${rating},${time}`)),
  )
  await expect(page.getByTestId('summary')).toContainText('Users')
  expect((await summary(page)).users).toBe(30)
  const workbook = [...readFileSync(new URL('../cases/container_xlsx/input.xlsx', import.meta.url))]
  const read = await page.evaluate(
    (bytes) => window.contrastvae.load(new File([new Uint8Array(bytes)], 'shop.xlsx'), { filter: { min_user: 1, min_item: 1 } } as object),
    workbook,
  )
  expect(read.interactions).toBe(6)
})
