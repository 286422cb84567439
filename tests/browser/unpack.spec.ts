// Spreadsheets and what zstd, xz or bzip2 packed: a module of their own opens them, fetched where such a file is chosen.

import { readFileSync } from 'node:fs'

import { expect, test } from '@playwright/test'

import { choose, lines, state, summary } from './page'

const of = (name: string) => readFileSync(new URL(`../cases/container_${name}`, import.meta.url))

test('a page fetches the module only where it is needed', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto('./?device=cpu')
  await choose(page, 'a.csv', lines('user,item,time', 'a,x,1', 'a,y,2', 'a,z,3'))
  await expect.poll(async () => (await state(page)).summary?.interactions).toBe(3)
  const unpacks = () => asked.filter((url) => /unpack|contrastvae_bg.*wasm/.test(url)).length
  const before = unpacks()
  await choose(page, 'log.csv.xz', of('xz/input.xz'))
  await expect.poll(async () => (await state(page)).summary?.interactions).toBe(5)
  expect(unpacks()).toBeGreaterThan(before)
})

for (const [packed, users, interactions] of [
  ['zstd/input.zst', 2, 5],
  ['bzip2/input.bz2', 3, 6],
  ['ods/input.ods', 2, 6],
] as const) {
  test(`${packed} is read as on the command line`, async ({ page }) => {
    await page.goto('./?device=cpu')
    await choose(page, packed.split('/')[1] ?? '', of(packed))
    await expect.poll(async () => (await state(page)).summary?.users).toBe(users)
    expect((await summary(page)).interactions).toBe(interactions)
  })
}

test('the sheet with the log is found, its titles beside it, and another can be chosen', async ({ page }) => {
  await page.goto('./?device=cpu')
  await choose(page, 'shop.xlsx', of('xlsx/input.xlsx'))
  await expect.poll(async () => (await state(page)).summary?.interactions).toBe(6)
  const told = await summary(page)
  expect(told.format).toBe('spreadsheet, header')
  expect(told.notes.join(' ')).not.toContain('zip')
  await choose(page, 'months.xlsx', of('xlsx_other_sheet/input.xlsx'))
  await expect.poll(async () => (await state(page)).summary?.notes.join(' ')).toContain('February')
})

test('what cannot be unpacked is told in a sentence, and what was loaded stays', async ({ page }) => {
  await page.goto('./?device=cpu')
  await choose(page, 'log.xz', of('xz/input.xz'))
  await expect.poll(async () => (await state(page)).summary?.interactions).toBe(5)
  const packed = of('xz/input.xz')
  await choose(page, 'short.xz', packed.subarray(0, packed.length - 20))
  await expect(page.getByTestId('message')).toContainText('short.xz ends too early; download or pack it again.')
  await choose(page, 'old.xls', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]))
  await expect(page.getByTestId('message').last()).toContainText('old.xls is damaged or of an unknown kind')
  expect((await summary(page)).interactions).toBe(5)
})
