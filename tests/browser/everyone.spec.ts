// Lists for everybody: a file by the log's own identifiers, whose lists are those of "Try it"; users and items by files; cancelled.

import { readFileSync } from 'node:fs'

import { expect, type Page, test } from '@playwright/test'

import { at, choose, lines, ROWS, SMALL, startTraining, state } from './page'

async function trained(page: Page): Promise<void> {
  await page.goto('./?device=cpu')
  await choose(
    page,
    'shop.csv',
    lines('user,item,rating,timestamp', ...ROWS.map(({ user, item, rating, time }) => `${user},${item},${rating},${time}`)),
  )
  await expect.poll(async () => (await state(page)).summary?.users).toBe(30)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'use')
}

const panel = (page: Page) => page.locator('#everyone')

/** Presses the button and reads the file that comes. */
async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), panel(page).getByRole('button', { name: button }).click()])
  return readFileSync(await download.path(), 'utf8')
}

test('everybody gets the list of their history, by the identifiers of the log', async ({ page }) => {
  await trained(page)
  await panel(page).getByLabel('Items for each user').fill('3')
  const table = (await saved(page, 'Save everybody’s list')).trim().split('\n')
  expect(table[0]).toBe('user,rank,item,title,score')
  // Each has had 20 of 20 items at times, so lists may be short; nobody is left out who has an item to come.
  await expect(page.getByTestId('everyone-outcome')).toContainText('for 30 users')
  await panel(page).getByLabel('Also items that the user has had already').check()
  const full = (await saved(page, 'Save everybody’s list')).trim().split('\n').slice(1)
  expect(full).toHaveLength(90)
  expect(new Set(full.map((line) => line.split(',')[0])).size).toBe(30)
})

test('lists of a few users agree with what the page recommends after their histories', async ({ page }) => {
  await page.goto('./?device=cpu')
  // Half of the items of each user.
  const rows = ROWS.slice(0, 300)
  await choose(page, 'shop.csv', lines('user,item,timestamp', ...rows.map(({ user, item, time }) => `${user},${item},${time}`)))
  await expect.poll(async () => (await state(page)).summary?.users).toBeGreaterThan(10)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'use')
  await panel(page).getByText('Only some users or items').click()
  const mail = lines('user,city', 'u4,Ulm', 'nobody,Bonn', 'u7,Kiel')
  await panel(page).getByLabel('Only these users').setInputFiles({ name: 'mail.csv', mimeType: 'text/csv', buffer: mail })
  await panel(page).getByLabel('Format').selectOption('jsonl')
  await panel(page).getByLabel('Also items that the user has had already').uncheck()
  const text = await saved(page, 'Save the lists of these users')
  await expect(page.getByTestId('everyone-outcome')).toContainText('One user of the file is not in the log: nobody.')
  const found = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { user: string; rank: number; item: string; score: number })
  expect([...new Set(found.map(({ user }) => user))]).toEqual(['u4', 'u7'])
  for (const user of ['u4', 'u7']) {
    const history = rows.filter((row) => row.user === user).map(({ item }) => item)
    const best = await page.evaluate((history) => window.contrastvae.recommend(history, 10), history)
    const own = found.filter((row) => row.user === user)
    expect(own.map(({ item }) => item)).toEqual(best.slice(0, own.length).map(({ id }) => id))
    expect(own[0]?.score).toBeCloseTo(best[0]?.score ?? NaN, 3)
  }
  // Not what is sold out.
  const first = found[0]?.item ?? ''
  await panel(page)
    .getByLabel('Not these items')
    .setInputFiles({ name: 'gone.txt', mimeType: 'text/plain', buffer: lines(first) })
  expect(await saved(page, 'Save the lists of these users')).not.toContain(`"item":"${first}"`)
})

test('a file that names nobody is told, and nothing is saved', async ({ page }) => {
  await trained(page)
  await panel(page).getByText('Only some users or items').click()
  await panel(page)
    .getByLabel('Only these users')
    .setInputFiles({ name: 'mail.csv', mimeType: 'text/csv', buffer: lines('zoe') })
  await panel(page).getByRole('button', { name: 'Save the lists of these users' }).click()
  await expect(page.getByTestId('message')).toContainText('The file names no user of the log (it holds zoe); write an identifier a line')
  await expect(page.getByTestId('everyone-outcome')).toBeEmpty()
})
