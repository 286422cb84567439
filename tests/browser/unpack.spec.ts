// Spreadsheets and what zstd, xz or bzip2 packed, also inside Parquet: a module of their own opens them, fetched where such a file is chosen.

import { readFileSync } from 'node:fs'

import { expect, type Page, test } from '@playwright/test'

import { choose, lines, state } from './page'
import { zip } from './zip'

const of = (name: string) => readFileSync(new URL(`../cases/container_${name}`, import.meta.url))

/** Loads a log with all that is in it, however short; its summary, or the sentence that says why not. */
const load = (page: Page, name: string, bytes: Buffer, entry?: string) =>
  page.evaluate(
    ({ name, bytes, entry }) =>
      window.contrastvae
        .load(new File([new Uint8Array(bytes)], name), { filter: { min_user: 1, min_item: 1 }, ...(entry && { entry }) } as object)
        .then((summary) => ({ summary, refused: '' }))
        .catch((error: Error) => ({ summary: null, refused: error.message })),
    { name, bytes: [...bytes], entry },
  )

test('a page fetches the module only where it is needed', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto('./?device=cpu')
  await load(page, 'a.csv', lines('user,item,time', 'a,x,1', 'a,y,2', 'a,z,3'))
  const modules = () => asked.filter((url) => url.endsWith('.wasm')).length
  const before = modules()
  expect((await load(page, 'log.csv.xz', of('xz/input.xz'))).summary?.interactions).toBe(5)
  expect(modules()).toBe(before + 1)
  expect((await load(page, 'log.bz2', of('bzip2/input.bz2'))).summary?.interactions).toBe(6)
  expect(modules()).toBe(before + 1)
})

for (const [packed, users, interactions, name] of [
  ['zstd/input.zst', 2, 5, 'log'],
  ['bzip2/input.bz2', 3, 6, 'log'],
  ['ods/input.ods', 2, 6, 'Tabelle1'],
  ['parquet_zstd/input.parquet', 3, 8, 'log.parquet'],
  ['parquet_zstd_row_groups/input.parquet', 3, 8, 'log.parquet'],
  ['parquet_zstd_and_snappy/input.parquet', 3, 8, 'log.parquet'],
] as const) {
  test(`${packed} is read as on the command line`, async ({ page }) => {
    await page.goto('./?device=cpu')
    const { summary } = await load(page, `log.${packed.split('.')[1]}`, of(packed))
    expect(summary).toMatchObject({ users, interactions, name })
  })
}

test('the sheet with the log is found, its titles beside it, and another can be chosen', async ({ page }) => {
  await page.goto('./?device=cpu')
  const { summary } = await load(page, 'shop.xlsx', of('xlsx/input.xlsx'))
  expect(summary).toMatchObject({ users: 2, items: 3, interactions: 6, name: 'Orders', format: 'spreadsheet, header' })
  expect(await page.evaluate(() => window.contrastvae.state())).toMatchObject({ summary: { name: 'Orders' } })
  const months = of('xlsx_other_sheet/input.xlsx')
  const january = await load(page, 'months.xlsx', months)
  expect(january.summary?.notes.join(' ')).toContain('January was read out of months.xlsx; February could be read as a log too.')
  expect((await load(page, 'months.xlsx', months, 'February')).summary?.users).toBe(1)
})

test('a workbook is opened by hand as any other file', async ({ page }) => {
  await page.goto('./?device=cpu')
  await choose(page, 'shop.xlsx', of('xlsx/input.xlsx'))
  // Six interactions are too few for the usual filter; the page says so of the sheet.
  await expect(page.locator('#data')).toContainText('Orders')
})

test('what cannot be unpacked is told in a sentence, and what was loaded stays', async ({ page }) => {
  await page.goto('./?device=cpu')
  const packed = of('xz/input.xz')
  await load(page, 'log.xz', packed)
  const short = await load(page, 'short.xz', packed.subarray(0, packed.length - 30))
  expect(short.refused).toBe('short.xz ends too early; download or pack it again.')
  const parquet = of('parquet_zstd/input.parquet')
  expect((await load(page, 'cut.parquet', parquet.subarray(0, -9))).refused).toContain('its end is missing')
  // The first page's header.
  const damaged = Buffer.from(parquet)
  damaged[4] = 0xff
  expect((await load(page, 'damaged.parquet', damaged)).refused).toBe(
    'damaged.parquet is damaged or of an unknown kind; download or write it again, or convert it to CSV.',
  )
  expect((await load(page, 'log.zip', zip({ 'log.parquet': parquet }))).refused).toBe(
    'log.zip is an archive with a Parquet file compressed with zstd; unpack the archive and open the Parquet file itself.',
  )
  const old = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])
  expect((await load(page, 'old.xls', old)).refused).toContain('old.xls is damaged or of an unknown kind')
  expect((await state(page)).summary?.interactions).toBe(5)
})
