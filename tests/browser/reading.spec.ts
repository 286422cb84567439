// How a file is understood, shown and corrected; what it may be packed in; how its reading is shown and given up.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

import { expect, type Page, test } from '@playwright/test'

import { choose, DOUBTFUL, lines, loadExample, ROWS, summary } from './page'
import { zip } from './zip'

const LOG = lines('user,item,rating,timestamp', ...ROWS.map(({ user, item, rating, time }) => `${user},${item},${rating},${time}`))

const preview = (page: Page) => page.evaluate(() => window.contrastvae.preview())
const roles = async (page: Page) => (await preview(page))?.mapping.roles
const details = (page: Page) => page.getByTestId('preview')
const isOpen = (page: Page) => details(page).evaluate((element) => (element as HTMLDetailsElement).open)

test('a column taken for something else is corrected by the keyboard, and the counts follow', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  await page.getByRole('button', { name: 'Open file…' }).focus()
  await choose(page, 'doubtful.csv', DOUBTFUL)
  // The doubt shows itself, in words, and takes nobody's focus.
  await expect.poll(() => isOpen(page)).toBe(true)
  await expect(page.getByTestId('summary')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Open file…' })).toBeFocused()
  // At the heading and at the column; beside them stands why.
  await expect(details(page).getByText('please check')).toHaveCount(2)
  await expect(page.getByTestId('doubt')).toContainText('“shelf” with values such as “s0” is taken as the item, which is a guess')
  await expect(page.getByLabel('What shelf means')).toHaveAccessibleDescription('please check')
  expect((await summary(page)).items).toBe(4)

  const label = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '')
  for (let presses = 0; presses < 40 && (await label()) !== 'What thing means'; presses++) await page.keyboard.press('Tab')
  expect(await label()).toBe('What thing means')
  // On the way up the list every role is passed, those of other columns too; only the last counts.
  for (let presses = 0; presses < 8; presses++) await page.keyboard.press('ArrowUp')
  await expect(page.getByLabel('What thing means')).toHaveValue('item')
  await expect(page.getByTestId('outcome-mapping')).toContainText(
    'This correction changed 30 users, 4 items and 600 interactions to 30 users, 20 items and 600 interactions.',
  )
  expect(await roles(page)).toEqual(['user', 'ignored', 'item', 'rating', 'time'])
  expect((await summary(page)).items).toBe(20)
  await expect(page.getByLabel('What thing means')).toBeFocused()
  await expect(details(page).getByText('please check')).toHaveCount(0)
  await expect(page.getByTestId('doubt')).toHaveCount(0)
  expect(await isOpen(page)).toBe(true)

  // Without leaving the list, its end takes back what it did.
  await page.keyboard.press('End')
  await expect(page.getByTestId('outcome-mapping')).toContainText('to 30 users, 4 items and 600 interactions.')
  expect(await roles(page)).toEqual(['user', 'item', 'ignored', 'rating', 'time'])
  // Nothing is tried without an item.
  await page.getByLabel('What shelf means').selectOption('ignored')
  await expect(page.getByTestId('preview-problem')).toHaveText('Choose which column is the item.')
  expect((await summary(page)).items).toBe(4)
})

test('a file without a known item column is shown and can be corrected', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  await loadExample(page)
  // Names that are known to mean something else than an item.
  const file = lines('user,country,city,time', ...ROWS.map(({ user, item, time }, i) => `${user},c${i % 3},${item},${time}`))
  await choose(page, 'pieces.csv', file)
  await expect(page.getByTestId('message')).toContainText('no column is named like the item')
  await expect(page.getByTestId('failed')).toContainText('pieces.csv is not loaded')
  await expect(page.getByTestId('failed')).toContainText('no column is named like the item')
  await expect(details(page).getByRole('cell', { name: 'c0' }).first()).toBeVisible()
  await expect(page.getByTestId('preview-problem')).toHaveText('Choose which column is the item.')
  // What was there before still is.
  await expect(page.getByTestId('summary')).toContainText('Example')

  await page.getByLabel('What city means').selectOption('item')
  await expect(page.getByTestId('summary')).toContainText('pieces.csv')
  await expect(page.getByTestId('failed')).toHaveCount(0)
  await expect(page.getByTestId('outcome-mapping')).toContainText(
    'With this correction the file is read: 30 users, 20 items and 600 interactions.',
  )

  // A file that comes to nothing can be forgotten.
  await choose(page, 'pieces-2.csv', file)
  await expect(page.getByTestId('failed')).toContainText('pieces-2.csv is not loaded')
  await page.getByRole('button', { name: 'Forget this file' }).click()
  await expect(page.getByTestId('failed')).toHaveCount(0)
  expect((await preview(page))?.file).toBe('pieces.csv')
  await expect(page.getByTestId('summary')).toContainText('pieces.csv')
  // The worker reads the former file again for the next change.
  await page.getByText('How the file was understood').click()
  await page.getByLabel('What country means').selectOption('item')
  await expect(page.getByTestId('outcome-mapping')).toContainText('to 30 users, 3 items and 600 interactions.')
})

test('header, separator, layout and the writing of times can be corrected', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  await choose(page, 'plain.csv', LOG)
  await expect(page.getByTestId('summary')).toContainText('plain.csv')
  expect(await isOpen(page)).toBe(false)
  await page.getByText('How the file was understood').click()
  await expect(page.getByLabel('Times are written as')).toHaveValue('seconds')
  await page.getByLabel('Times are written as').selectOption('days')
  await expect(page.getByTestId('outcome-mapping')).toContainText('leaves the counts as they are')
  expect((await preview(page))?.mapping.time).toBe('days')
  await page.getByLabel('First line names the columns').uncheck()
  await expect(details(page).getByRole('columnheader', { name: 'Column 1' })).toBeVisible()
  await expect.poll(async () => (await summary(page)).users).toBe(30)
  expect((await preview(page))?.rows[0]).toEqual(['user', 'item', 'rating', 'timestamp'])

  const users = Array.from({ length: 12 }, (_, user) =>
    [user, ...Array.from({ length: 8 }, (_, i) => ((user + i * 3) % 9) + 100)].join(' '),
  )
  await choose(page, 'sequences.txt', lines(...users))
  await expect(page.getByTestId('summary')).toContainText('sequences.txt')
  await details(page).evaluate((element) => ((element as HTMLDetailsElement).open = true))
  const layout = page.getByLabel('Each line is')
  const found = await layout.inputValue()
  const other = found === 'sequences' ? 'delimited' : 'sequences'
  await layout.selectOption(other)
  await expect.poll(async () => (await preview(page))?.mapping.layout).toBe(other)
  await layout.selectOption('sequences')
  await expect.poll(async () => (await summary(page)).interactions).toBe(96)
})

test('packed and nested files are read', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  const loads = async (name: string, bytes: Buffer, format: RegExp, shown = name) => {
    await test.step(name, async () => {
      await choose(page, name, bytes)
      await expect(page.getByTestId('summary')).toContainText(shown)
      const { users, items, interactions, format: found } = await summary(page)
      expect({ users, items, interactions }).toEqual({ users: 30, items: 20, interactions: 600 })
      expect(found).toMatch(format)
    })
  }
  await loads('log.csv.gz', gzipSync(LOG), /gzip/)
  await loads('log.jsonl', lines(...ROWS.map((row) => JSON.stringify(row))), /JSON/)
  await expect(page.getByTestId('preview')).toContainText('JSON')
  await loads('log.json', Buffer.from(JSON.stringify(ROWS)), /JSON/)

  const movies = lines('movieId,title,genres', ...Array.from({ length: 20 }, (_, i) => `i${i},"Film, part ${i}",Comedy|Drama`))
  const ratings = lines(
    'userId,movieId,rating,timestamp',
    ...ROWS.map(({ user, item, rating, time }) => `${user},${item},${rating},${time}`),
  )
  await loads('ml.zip', zip({ 'ml/README.txt': lines('Films.'), 'ml/ratings.csv': ratings, 'ml/movies.csv': movies }), /zip/, 'ratings.csv')
  const best = await page.evaluate(async () => {
    await window.contrastvae.configure({ model: { hidden_size: 8 }, training: { epochs: 1 } })
    await window.contrastvae.step(1)
    return window.contrastvae.recommend([0], 1)
  })
  expect(best[0]?.title).toMatch(/^Film, part \d+$/)
})

test('a Parquet file is read', async ({ page }) => {
  // Written by a Parquet library for the cases of the log, with Snappy.
  const sample = readFileSync(new URL('../../fuzz/corpus/open/parquet_snappy', import.meta.url))
  // Before the file stand the bytes from which the fuzzer makes options.
  const bytes = sample.subarray(sample.indexOf('PAR1'))
  const expected = JSON.parse(readFileSync(new URL('../logs/parquet_snappy/expected.json', import.meta.url), 'utf8'))
  await page.goto('./?device=cpu&stage=data')
  const summary = await page.evaluate(
    (bytes) =>
      window.contrastvae.load(new File([new Uint8Array(bytes)], 'log.parquet'), {
        filter: { min_user: 1, min_item: 1 },
      }),
    [...bytes],
  )
  const { users, items, interactions, format } = summary
  expect({ users, items, interactions, format }).toEqual({
    users: expected.users.length,
    items: new Set(expected.sequences.flat()).size,
    interactions: expected.sequences.flat().length,
    format: 'Parquet',
  })
  expect(await roles(page)).toEqual(expected.columns)
  await expect(page.getByTestId('summary')).toContainText('log.parquet')
})

test('another file of an archive can be taken', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  const log = (rows: typeof ROWS) => lines('user,item,timestamp', ...rows.map(({ user, item, time }) => `${user},${item},${time}`))
  const many = Array.from({ length: 10 }, () => ROWS).flat()
  await choose(page, 'two.zip', zip({ 'one/big.csv': log(many), 'two/small.csv': log(many.slice(0, 5000)) }))
  await expect.poll(async () => (await preview(page))?.entries.length).toBe(2)
  const before = (await summary(page)).interactions
  await details(page).evaluate((element) => ((element as HTMLDetailsElement).open = true))
  const entry = page.getByLabel('File in the archive')
  const other = (await entry.inputValue()) === 'one/big.csv' ? 'two/small.csv' : 'one/big.csv'
  await entry.selectOption(other)
  await expect.poll(async () => (await summary(page)).interactions).not.toBe(before)
  await expect(entry).toHaveValue(other)
})

test('the reading of a large file shows its pace and can be given up', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  await loadExample(page)
  await page.evaluate(() => {
    // About a gigabyte, so that no machine is through before the button is found; the same piece again and again, so that it takes no room.
    const piece = new Blob(Array.from({ length: 40_000 }, (_, i) => `user${i % 997},item${(i * 31) % 5003},${1.6e9 + i}\n`))
    const file = new File(['user,item,timestamp\n', ...Array.from({ length: 1000 }, () => piece)], 'big.csv')
    Object.assign(window, { told: window.contrastvae.load(file).catch((error: Error) => error.message) })
  })
  const line = page.getByTestId('loading')
  await expect(line).toContainText(/Reading big\.csv/)
  await expect(line).toContainText(/MB\/s.* left/)
  await page.getByRole('button', { name: 'Cancel loading' }).click()
  await expect(line).toHaveCount(0)
  expect(await page.evaluate(() => (window as unknown as { told: Promise<string> }).told)).toMatch(/^Loading was cancelled/)
  await expect(page.getByTestId('summary')).toContainText('Example')
  await expect(page.getByTestId('failed')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Open file…' })).toBeFocused()
  expect(await preview(page)).toBeNull()
})

/** Takes the place of `Worker` in the worker: tells of each thread that is asked for, and of each piece that one brings. */
const TELLING = `class extends Worker {
  constructor(...of) {
    fetch(location.origin + '/thread')
    super(...of)
    this.addEventListener('message', ({ data }) => data.bytes && fetch(location.origin + '/piece'))
  }
}`
for (const [what, script, pieces] of [
  ['with a thread that fetches ahead', TELLING, 4],
  ['where no such thread can be made', TELLING.replace('super(...of)', 'throw new Error("no more threads")'), 0],
  ['with a thread that dies', TELLING.replace('super(...of)', 'super("data:text/javascript,throw 1")'), 0],
] as const) {
  test(`a file of many pieces is read whole ${what}`, async ({ page }) => {
    const heard = { thread: 0, piece: 0 }
    for (const word of ['thread', 'piece'] as const) {
      await page.route(`**/${word}`, (route) => {
        heard[word]++
        return route.fulfill({ body: '' })
      })
    }
    await page.route(/assets\/worker-[^/]*\.js$/, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: `self.Worker = ${script};\n${await response.text()}` })
    })
    // One core, so that the only thread is the one that reads.
    await page.goto('./?device=cpu&threads=1&stage=data')
    const told = await page.evaluate(async () => {
      // Some 34 MB, in which no two rows are the same; the last user is one of a kind.
      const block = (at: number) =>
        Array.from(
          { length: 10_000 },
          (_, i) => `user-${(at * 10_000 + i) % 7001},item-${(i * 31) % 503},${1.6e9 + at * 10_000 + i}\n`,
        ).join('')
      const file = new File(
        ['user,item,timestamp\n', ...Array.from({ length: 110 }, (_, at) => block(at)), 'last,item-0,1700000000\n'],
        'pieces.csv',
      )
      const { users, items, interactions, skipped } = await window.contrastvae.load(file, { filter: { min_user: 1, min_item: 1 } })
      return { bytes: file.size, users, items, interactions, skipped }
    })
    // Pieces of 1 MiB and 4 MiB are read at once, and those of 8 MiB after them ahead.
    expect(Math.ceil((told.bytes - 5 * 2 ** 20) / (8 * 2 ** 20))).toBe(4)
    expect(told).toMatchObject({ users: 7002, items: 503, interactions: 1_100_001 })
    await expect.poll(() => heard).toEqual({ thread: 1, piece: pieces })
  })
}

test('what is configured while a file is read is taken when it has been read', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  const told = await page.evaluate(async () => {
    const rows = Array.from({ length: 400_000 }, (_, n) => `u${n % 5000},i${n % 301},${1_600_000_000 + n}`)
    const loading = window.contrastvae.load(new File([['user,item,time', ...rows].join('\n')], 'large.csv'))
    const configuring = window.contrastvae.configure({ training: { epochs: 3 } })
    const [summary, config] = await Promise.all([loading, configuring])
    return { rows: summary.interactions_before, epochs: config.training?.epochs }
  })
  expect(told).toEqual({ rows: 400_000, epochs: 3 })
})

test('data that the site brings are offered by name, with the terms', async ({ page }) => {
  const list = [
    { name: 'Small shop', files: ['data/log.csv'], licence: 'For tests only.', note: '600 interactions.' },
    { name: 'Elsewhere', files: ['https://example.org/log.csv'], licence: '', note: '' },
  ]
  await page.route('**/local-data.json', (route) => route.fulfill({ json: list }))
  await page.route('**/data/log.csv', (route) => route.fulfill({ body: LOG, contentType: 'text/csv' }))
  await page.goto('./?device=cpu&stage=data')
  await expect(page.getByText('For tests only.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Load Elsewhere' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Load Small shop' }).click()
  await expect(page.getByTestId('summary')).toContainText('log.csv')
  expect((await summary(page)).interactions).toBe(600)
})

test('scripts can correct a file and choose', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  const told = await page.evaluate(async (text) => {
    const lab = window.contrastvae
    const file = new File([text], 'doubtful.csv')
    const guessed = await lab.load(file, { filter: { min_user: 1, min_item: 1 } })
    const preview = await lab.preview()
    const mapping = { ...preview?.mapping, roles: ['user', 'ignored', 'item', 'rating', 'time'] as const }
    const corrected = await lab.reload({ mapping: { ...mapping, roles: [...mapping.roles] } })
    const filtered = await lab.reload({ filter: { min_rating: 4 } })
    const refused = await lab.reload({ filter: { min_rating: 9 } }).catch((error: Error) => error.message)
    return { guessed, corrected, filtered, refused, state: await lab.state() }
  }, DOUBTFUL.toString())
  expect([told.guessed.items, told.corrected.items]).toEqual([4, 20])
  expect(told.filtered.interactions).toBeLessThan(600)
  expect(told.filtered.filter.min_user).toBe(5)
  expect(told.refused).toContain('the ratings go from 1 to 5')
  expect(told.state.summary?.interactions).toBe(told.filtered.interactions)
})
