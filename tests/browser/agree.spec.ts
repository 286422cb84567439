// Page and command line say the same: a checkpoint that was saved in the page gives the same lists, reasons, neighbours and measures by the program.

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { expect, type Page, test } from '@playwright/test'

import { at, checkpointOf, chooseAll, lines, ROWS, startTraining, state } from './page'

const ROOT = resolve(import.meta.dirname, '../..')
/** The program as the tests of the command line compile it, or as it is shipped. */
const PROGRAM = ['tests', 'release'].map((profile) => resolve(ROOT, 'target', profile, 'contrastvae')).find((path) => existsSync(path))
const SHARED = resolve(ROOT, '../shared/data')

interface Line {
  user: string
  rank: number
  item: string
  title: string
  score: number
}

interface Source {
  name: string
  buffer: Buffer
}

const jsonLines = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

/**
 * Trains one epoch, after which the best weights are the present ones, and compares all that both can say. A file of titles is given to the
 * page alone: the program has them from the run.
 */
async function compared(page: Page, { name, buffer: log }: Source, mostUsers: number, titles?: Source): Promise<void> {
  await page.goto('./?device=cpu')
  await chooseAll(page, { name, buffer: log }, ...(titles ? [titles] : []))
  await expect.poll(async () => (await state(page)).summary?.users ?? 0).toBeGreaterThan(10)
  await startTraining(page, { model: { hidden_size: 16, max_length: 20 }, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished', { timeout: 300_000 })
  await at(page, 'use')
  const folder = mkdtempSync(join(tmpdir(), 'agree-'))
  const [file, run, users, out] = [name, 'run.zip', 'users.txt', 'lists.jsonl'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ]
  writeFileSync(file, log)
  writeFileSync(run, await checkpointOf(page))
  const told = async (...options: string[]) => (await promisify(execFile)(PROGRAM as string, options, { maxBuffer: 1 << 28 })).stdout

  const panel = page.locator('#everyone')
  await panel.getByLabel('Format').selectOption('jsonl')
  const all = (await page.evaluate(() => window.contrastvae.state())).summary?.users ?? 0
  await panel.getByText('Only some users or items').click()
  const chosen = [
    ...new Set(
      log
        .toString()
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/[,:\s]/)[0] ?? ''),
    ),
  ].slice(0, mostUsers)
  writeFileSync(users, chosen.join('\n'))
  await panel.getByLabel('Only these users').setInputFiles(users)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: 'Save the lists of these users' }).click(),
  ])
  const ours = jsonLines(readFileSync(await download.path(), 'utf8'))
  const report = JSON.parse(
    await told('recommend', '--run', run, '--data', file, '--users', users, '-k', '10', '--out', out, '--json'),
  ) as {
    measures: { by: string; coverage: number; novelty: number; overlap: number; rare_share: number }[]
  }
  const theirs = jsonLines(readFileSync(out, 'utf8'))
  expect(all).toBeGreaterThan(0)
  expect(theirs.length).toBe(ours.length)
  for (const [index, row] of ours.entries()) {
    const other = theirs[index]
    expect([other?.user, other?.rank]).toEqual([row.user, row.rank])
    if (titles) expect(row.title).not.toBe(row.item)
    // Sums are rounded in another order: items of one score may change places, the digits that are shown may not.
    expect(other?.score).toBeCloseTo(row.score, 4)
    if (other?.item === row.item) expect(other.title).toBe(row.title)
    else expect(theirs.find(({ user, item }) => user === row.user && item === row.item)?.score ?? row.score).toBeCloseTo(row.score, 4)
  }

  const table = page.getByTestId('list-measures').locator('tbody tr')
  await expect(table).toHaveCount(3, { timeout: 60_000 })
  for (const { by, novelty } of report.measures)
    expect(
      await table
        .and(page.locator(`[data-by=${by}]`))
        .locator('[data-measure=novelty]')
        .textContent(),
    ).toBe(novelty.toFixed(2))

  // Reasons and neighbours of the first user.
  const user = ours[0]?.user ?? ''
  const why = JSON.parse(
    await told('explain', '--run', run, '--data', file, '--user', user, '--json', '--attention', '--neighbours', '8'),
  ) as {
    explanations: { reasons: { change: number; rank_without: number }[] }[]
    nearest_users: { user: string; distance: number }[]
    attention: { layers: { weights: number[] }[] }
  }
  await page.locator('#sequence').getByRole('combobox', { name: 'Take the history of a user' }).fill(user)
  await page.locator('#sequence').getByRole('option').first().click()
  const list = page.getByTestId('recommendations')
  await list.getByRole('button', { name: /^Why / }).first().click()
  const shown = page.getByTestId('why')
  const reasons = why.explanations[0]?.reasons ?? []
  await expect(shown.locator('li')).toHaveCount(reasons.length)
  const texts = await shown.locator('li').allTextContents()
  for (const [index, { change }] of reasons.entries()) expect(texts[index]).toContain(Math.abs(change).toFixed(2))
  await shown.getByText('Users nearby', { exact: true }).click()
  const near = shown.getByTestId('nearest-users').locator('li')
  await expect(near).toHaveCount(8, { timeout: 60_000 })
  for (const [index, { user, distance }] of why.nearest_users.entries()) {
    await expect(near.nth(index)).toContainText(user)
    await expect(near.nth(index)).toContainText(distance.toFixed(3))
  }
  await shown.getByText('Attention', { exact: true }).click()
  const weights = await shown.getByTestId('attention').locator('li').count()
  expect(weights).toBeGreaterThan(0)
  const mean = (at: number) => why.attention.layers.reduce((sum, { weights }) => sum + (weights[at] ?? 0), 0) / why.attention.layers.length
  const last = (why.attention.layers[0]?.weights.length ?? 0) - 1
  const percents = await shown.getByTestId('attention').locator('li .small').first().textContent()
  expect(last).toBeGreaterThan(0)
  expect(parseFloat(percents ?? '')).toBeCloseTo(100 * mean(0), 0)
}

test.beforeEach(() => {
  test.skip(PROGRAM === undefined, 'skipped: no target/tests/contrastvae; `cargo build --profile tests` makes it')
})

test('on a small log', async ({ page }) => {
  test.setTimeout(300_000)
  const rows = ROWS.slice(0, 300).map(({ user, item, time }) => `${user},${item},${time}`)
  await compared(page, { name: 'shop.csv', buffer: lines('user,item,timestamp', ...rows) }, 30)
})

test('on a log whose titles are a file of their own', async ({ page }) => {
  test.setTimeout(300_000)
  const rows = ROWS.slice(0, 300).map(({ user, item, rating, time }) => `${user.slice(1)}::${item.slice(1)}::${rating}::${time}`)
  const items = Array.from(
    { length: 20 },
    (_, item) => `${item}::Film ${item}, the ${item % 3 ? 'first' : '“second”'} (${1990 + item})::Drama|War`,
  )
  const titles = { name: 'movies.dat', buffer: lines(...items) }
  await compared(page, { name: 'ratings.dat', buffer: lines(...rows) }, 30, titles)
})

for (const [name, folder, titles] of [
  ['office.txt', SHARED, null],
  ['ratings.dat', resolve(SHARED, 'movietweetings-100k'), 'movies.dat'],
] as const)
  test(`on ${name}`, async ({ page }) => {
    test.skip(!existsSync(resolve(folder, name)), 'skipped: no ../shared')
    test.setTimeout(900_000)
    const source = (name: string) => ({ name, buffer: readFileSync(resolve(folder, name)) })
    await compared(page, source(name), 40, titles ? source(titles) : undefined)
  })
