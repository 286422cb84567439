// What leaves the page as files: lists in every format, pseudonyms with their key, embeddings, items alike, and what lists are like.

import { readFileSync } from 'node:fs'

import { type Download, expect, type Page, test } from '@playwright/test'
import { parquetReadObjects } from 'hyparquet'

import { at, choose, lines, ROWS, SMALL, startTraining, state } from './page'
import { unzip } from './zip'

/** Half of what each user did, so that lists have items left. */
const LOG = ROWS.slice(0, 300)

async function trained(page: Page): Promise<void> {
  await page.goto('./?device=cpu')
  await choose(page, 'shop.csv', lines('user,item,timestamp', ...LOG.map(({ user, item, time }) => `${user}@x.org,00${item},${time}`)))
  await expect.poll(async () => (await state(page)).summary?.users).toBeGreaterThan(10)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'use')
  await page.locator('#everyone').getByLabel('Items for each user').fill('4')
}

/** Presses a button and reads the files that come. */
async function saved(page: Page, panel: string, button: string, files = 1): Promise<Buffer[]> {
  const downloads: Download[] = []
  const take = (download: Download) => downloads.push(download)
  page.on('download', take)
  await page.locator(panel).getByRole('button', { name: button, exact: true }).click()
  await expect.poll(() => downloads.length).toBe(files)
  page.off('download', take)
  return Promise.all(downloads.map(async (download) => readFileSync(await download.path())))
}

const everybody = async (page: Page, format: string): Promise<Buffer> => {
  await page.locator('#everyone').getByLabel('Format').selectOption(format)
  const [file] = await saved(page, '#everyone', 'Save everybody’s list')
  return file ?? Buffer.alloc(0)
}

interface Line {
  user: string
  rank: number
  item: string
  title: string
  score: number
}

const jsonLines = (file: Buffer): Line[] =>
  file
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

const buffer = (file: Buffer) => file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer

test('every format holds the same lists', async ({ page }) => {
  await trained(page)
  const rows = jsonLines(await everybody(page, 'jsonl'))
  expect(rows.length).toBeGreaterThan(50)
  expect(rows[0]?.item).toMatch(/^00i/)
  const parquet = (await parquetReadObjects({ file: buffer(await everybody(page, 'parquet')) })) as unknown as Line[]
  expect(parquet.map(({ user, rank, item, title }) => ({ user, rank, item, title }))).toEqual(
    rows.map(({ user, rank, item, title }) => ({ user, rank, item, title })),
  )
  expect(parquet.map(({ score }) => Math.fround(score))).toEqual(rows.map(({ score }) => Math.fround(score)))
  const sheet = String(unzip(await everybody(page, 'xlsx'))['xl/worksheets/sheet1.xml'])
  const cells = [...sheet.matchAll(/<row>(.*?)<\/row>/g)].map(([, row = '']) =>
    [...row.matchAll(/<(?:t[^>]*|v)>([^<]*)</g)].map(([, cell]) => cell),
  )
  expect(cells[0]).toEqual(['user', 'rank', 'item', 'title', 'score'])
  expect(cells.slice(1)).toEqual(rows.map(({ user, rank, item, title, score }) => [user, `${rank}`, item, title, `${score}`]))
})

test('lists are measured beside those of popularity and item-kNN', async ({ page }) => {
  await trained(page)
  const rows = jsonLines(await everybody(page, 'jsonl'))
  const table = page.getByTestId('list-measures').locator('tbody tr')
  await expect(table).toHaveCount(3)
  expect(await table.evaluateAll((all) => all.map((row) => row.getAttribute('data-by')))).toEqual(['model', 'popularity', 'item_knn'])
  const items = (await state(page)).summary?.items ?? NaN
  const shown = new Set(rows.map(({ item }) => item)).size
  const coverage = await table.first().locator('[data-measure=coverage]').textContent()
  expect(parseFloat(coverage ?? '')).toBeCloseTo((100 * shown) / items, 0)
  await page.getByTestId('list-measures').getByRole('button', { name: 'CSV' }).focus()
  await page.getByTestId('list-measures').locator('summary').click()
  await expect(page.getByTestId('list-measures')).toContainText('Ge et al., RecSys 2010')
})

test('pseudonyms are the same in every file, and the key that was saved brings them back', async ({ page }) => {
  await trained(page)
  const named = jsonLines(await everybody(page, 'jsonl'))
  const box = (panel: string) => page.locator(panel).getByLabel('Pseudonyms instead of the users’ identifiers, in every file')
  await box('#everyone').check()
  // One switch for the page.
  await expect(box('#take-away')).toBeChecked()
  const hidden = jsonLines(await everybody(page, 'jsonl'))
  const [key = Buffer.alloc(0)] = await saved(page, '#everyone', 'Save the key (CSV)')
  const [header, ...keyed] = key.toString().trim().split('\n')
  expect(header).toBe('pseudonym,user')
  const back = new Map(keyed.map((line) => line.split(',') as [string, string]))
  expect(new Set(back.values())).toEqual(new Set(LOG.map(({ user }) => `${user}@x.org`)))
  expect(hidden.map(({ user, ...rest }) => ({ user: back.get(user), ...rest }))).toEqual(named)
  expect(JSON.stringify(hidden)).not.toContain('@')
  const [table = Buffer.alloc(0)] = await saved(page, '#take-away', 'Save the users’ embeddings')
  const users = table
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[0] ?? '')
  expect(users.every((user) => back.has(user))).toBe(true)
  // The cleaned log joins the lists.
  await at(page, 'data')
  await expect(box('#data')).toBeChecked()
  const [clean = Buffer.alloc(0)] = await saved(page, '#data', 'Save the cleaned log')
  const rows = clean
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
  const pairs = (rows: string[][]) => rows.map(([user, item]) => `${user} ${item}`).sort()
  expect(pairs(rows.map(([user = '', item = '']) => [back.get(user) ?? '', item]))).toEqual(
    pairs(LOG.map(({ user, item }) => [`${user}@x.org`, `00${item}`])),
  )

  // Another visit: other pseudonyms, unless the key comes with it.
  await page.goto('about:blank')
  await trained(page)
  await box('#everyone').check()
  const field = page.locator('#everyone').getByLabel('Use a key saved earlier')
  await field.setInputFiles({ name: 'mail.csv', mimeType: 'text/csv', buffer: lines('user', 'ada') })
  await expect(page.getByTestId('message')).toContainText('The file is no key of pseudonyms (line 1)')
  await field.setInputFiles({ name: 'key.csv', mimeType: 'text/csv', buffer: key })
  await expect(async () => {
    const again = jsonLines(await everybody(page, 'jsonl'))
    expect(again.map(({ user }) => back.get(user))).toEqual(named.map(({ user }) => user))
  }).toPass()
})

test('embeddings leave as a table, for NumPy, and with a place for each point', async ({ page }) => {
  await trained(page)
  const panel = page.locator('#take-away')
  const [tsv = Buffer.alloc(0)] = await saved(page, '#take-away', 'Save the items’ embeddings')
  const rows = tsv
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
  await panel.getByLabel('Format of embeddings').selectOption('npy')
  const files = await saved(page, '#take-away', 'Save the items’ embeddings', 2)
  const npy = files.find((file) => file[0] === 0x93) ?? Buffer.alloc(0)
  const first = 10 + npy.readUInt16LE(8)
  expect(npy.length - first).toBe(rows.length * 16 * 4)
  expect(npy.readFloatLE(first + 4)).toBe(Math.fround(Number(rows[0]?.[3])))
  await panel.getByLabel('Format of embeddings').selectOption('parquet')
  const [parquet = Buffer.alloc(0)] = await saved(page, '#take-away', 'Save the items’ embeddings')
  const table = (await parquetReadObjects({ file: buffer(parquet) })) as {
    item: string
    title: string
    x: number
    y: number
    vector: number[]
  }[]
  expect(table.map(({ item }) => item)).toEqual(rows.map(([item]) => item))
  expect(table[0]?.vector.map(Math.fround)).toEqual(rows[0]?.slice(2).map((value) => Math.fround(Number(value))))
  const map = await page.evaluate(async () => [...(await window.contrastvae.latents('items')).points])
  for (const [index, { x, y }] of table.entries()) {
    expect(x).toBeCloseTo(map[2 * index] ?? NaN, 3)
    expect(y).toBeCloseTo(map[2 * index + 1] ?? NaN, 3)
  }
})

test('items alike are those of the nearest vectors, by either', async ({ page }) => {
  await trained(page)
  const [tsv = Buffer.alloc(0)] = await saved(page, '#take-away', 'Save the items’ embeddings')
  const vectors = tsv
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
  const numbers = vectors.map((row) => row.slice(2).map(Number))
  const cosine = (a: number[], b: number[]) => {
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  }
  await page.locator('#take-away').getByLabel('Items alike for each item').fill('3')
  const [table = Buffer.alloc(0)] = await saved(page, '#take-away', 'Save similar items (CSV)')
  const found = table
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
  expect(found).toHaveLength(3 * vectors.length)
  await expect(page.getByTestId('alike-outcome')).toContainText('Saved')
  const own = numbers[0] ?? []
  const best = numbers.slice(1).map((other, at) => ({ id: vectors[at + 1]?.[0], cosine: cosine(own, other) }))
  best.sort((a, b) => b.cosine - a.cosine)
  expect([found[0]?.[0], found[0]?.[2]]).toEqual([vectors[0]?.[0], best[0]?.id])
  expect(Number(found[0]?.[4])).toBeCloseTo(best[0]?.cosine ?? NaN, 4)
  await page.locator('#take-away').getByLabel('Compared by').selectOption('latent')
  const [latent = Buffer.alloc(0)] = await saved(page, '#take-away', 'Save similar items (CSV)')
  expect(latent.toString()).not.toBe(table.toString())
})
