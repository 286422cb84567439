// What is left out and what is held back: the counts of each filter, and what happens to the data and the run.

import { expect, type Page, test } from '@playwright/test'

import { at, choose, lines, loadExample, openFilter, ROWS, SMALL, startTraining, state, summary } from './page'

const LOG = lines('user,item,rating,timestamp', ...ROWS.map(({ user, item, rating, time }) => `${user},${item},${rating},${time}`))

const row = (page: Page, filter: string) => page.getByTestId('filter-steps').locator(`tr[data-filter=${filter}]`)

async function loaded(page: Page): Promise<void> {
  await page.goto('./?device=cpu')
  await openFilter(page)
  await choose(page, 'log.csv', LOG)
  await expect(page.getByTestId('summary')).toContainText('log.csv')
}

test('each filter tells what it left', async ({ page }) => {
  await loaded(page)
  await expect(page.getByTestId('summary')).toContainText('All of 30 users, 20 items and 600 interactions were kept.')

  await page.getByLabel('Least rating').fill('3')
  await expect(row(page, 'rating')).toContainText('Rating of at least 3')
  const kept = ROWS.filter(({ rating }) => rating >= 3).length
  await expect(row(page, 'rating').getByRole('cell').last()).toHaveText(`${kept} −${600 - kept}`)
  await expect(page.getByTestId('outcome-choices')).toContainText('This changed 30 users, 20 items and 600 interactions to')
  await page.getByLabel('Least rating').fill('')
  await expect(page.getByTestId('filter-steps')).toHaveCount(0)

  // Ten days of twenty-five, both ends whole days.
  await page.getByLabel('From', { exact: true }).fill('2020-09-14')
  await page.getByLabel('To', { exact: true }).fill('2020-09-23')
  const inside = ROWS.filter(({ time }) => time >= Date.parse('2020-09-14') / 1000 && time < Date.parse('2020-09-24') / 1000).length
  await expect(row(page, 'dates')).toContainText('From 2020-09-14 to 2020-09-23')
  await expect(row(page, 'dates').getByRole('cell').last()).toHaveText(`${inside} −${600 - inside}`)
  await page.getByLabel('From', { exact: true }).fill('')
  await page.getByLabel('To', { exact: true }).fill('')
  await expect(page.getByTestId('filter-steps')).toHaveCount(0)

  await page.getByLabel('Most recent users').fill('10')
  await expect(row(page, 'recent_users').getByRole('cell').first()).toHaveText('10 −20')
  await page.getByLabel('Most recent users').fill('')
  await expect(page.getByTestId('filter-steps')).toHaveCount(0)

  const pairs = new Set(ROWS.map(({ user, item }) => `${user} ${item}`)).size
  for (const rule of ['first', 'last']) {
    await page.getByLabel('Repeated interactions').selectOption(rule)
    await expect.poll(async () => (await summary(page)).filter.repeats).toBe(rule)
    expect((await summary(page)).interactions).toBe(pairs)
  }
  if (pairs < 600) await expect(row(page, 'repeats').getByRole('cell').last()).toHaveText(`${pairs} −${600 - pairs}`)
  await page.getByLabel('Repeated interactions').selectOption('consecutive')
  await expect.poll(async () => (await summary(page)).filter.repeats).toBe('consecutive')
  await page.getByLabel('Repeated interactions').selectOption('keep')

  // Four users and an item are rare.
  const rare = [0, 1, 2, 3].flatMap((user) => [1, 2, 3].map((time) => `rare${user},i1,3,${1_600_000_000 + time}`))
  await choose(page, 'uneven.csv', Buffer.concat([LOG, lines(...rare, 'u0,rare,3,1600000000', 'u1,rare,3,1600000000')]))
  await expect(row(page, 'k_core')).toContainText('At least 5 each')
  await expect(row(page, 'k_core').getByRole('cell')).toHaveText(['30 −4', '20 −1', '600 −14'])
  await page.getByLabel('Least per user').fill('1')
  await page.getByLabel('Least rating').fill('3')
  await expect(row(page, 'k_core')).toContainText('At least 5 an item')
  const { filters } = await summary(page)
  expect(filters.map(({ filter }) => filter)).toEqual(['rating', 'k_core'])
  expect(filters[1]?.before).toEqual(filters[0]?.after)
  await expect(row(page, 'rating').getByRole('cell').first()).toHaveText('34')
})

test('two minima are separate, and the next file is read with them', async ({ page }) => {
  const few = lines('user,item,timestamp', ...ROWS.slice(0, 150).map(({ user, item, time }) => `${user},${item},${time}`))
  await page.goto('./?device=cpu')
  await openFilter(page)
  await page.getByLabel('Least per user').fill('6')
  await page.getByLabel('Least per item').fill('1')
  await choose(page, 'few.csv', few)
  // Everybody has five.
  await expect(page.getByTestId('failed')).toContainText('few.csv is not loaded')
  await page.getByLabel('Least per user').fill('5')
  await expect(page.getByTestId('summary')).toContainText('few.csv')
  await expect(page.getByTestId('outcome-choices')).toContainText('Now it is read: 30 users,')
  await expect(page.getByTestId('failed')).toHaveCount(0)
})

test('a cut in time holds back what came last', async ({ page }) => {
  await loaded(page)
  await expect(page.getByTestId('split')).toHaveText(
    'Trained on 540 interactions; asked for in validation: 30 users, in the test: 30 users.',
  )
  await page.getByLabel('Split', { exact: true }).selectOption('time_cut')
  await page.getByLabel('Test, percent').fill('20')
  await expect.poll(async () => (await summary(page)).split.rule).toMatchObject({ rule: 'time_cut', valid_percent: 10, test_percent: 20 })
  const { split } = await summary(page)
  expect(split.train_interactions).toBe(420)
  await expect(page.getByTestId('split')).toContainText('Trained on 420 interactions')
  await expect(page.getByTestId('split')).toContainText(split.moments?.[0] ?? 'no moment')
  await expect(page.getByTestId('split')).toContainText(split.moments?.[1] ?? 'no moment')
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
})

test('a filter that takes everything leaves the data, and says so in place', async ({ page }) => {
  await loaded(page)
  await page.getByLabel('Least rating').fill('6')
  await expect(page.getByTestId('outcome-choices').getByRole('alert')).toHaveText(/the ratings go from 1 to 5\.$/)
  expect((await summary(page)).interactions).toBe(600)
  await page.getByLabel('Least rating').fill('')
  await page.getByLabel('From', { exact: true }).fill('next week')
  await expect(page.getByTestId('outcome-choices').getByRole('alert')).toContainText('an ISO 8601 date')
  await page.getByLabel('From', { exact: true }).fill('')
  await expect(page.getByTestId('outcome-choices').getByRole('alert')).toBeEmpty()
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
})

test('the example keeps everything unless something else is asked for', async ({ page }) => {
  await page.goto('./?device=cpu')
  await openFilter(page)
  await expect(page.getByLabel('Least per user')).toHaveValue('5')
  await loadExample(page)
  await expect(page.getByLabel('Least per user')).toHaveValue('1')
  const all = await summary(page)
  expect(all.interactions).toBe(all.interactions_before)
  await page.getByLabel('Least per item').fill('40')
  await expect(row(page, 'k_core')).toContainText('At least 40 an item')
  expect((await summary(page)).items).toBeLessThan(all.items)
  await page.getByRole('button', { name: 'Usual filter and split' }).click()
  await expect.poll(async () => (await summary(page)).items).toBe(all.items)
})

test('a run is not dropped without leave', async ({ page }) => {
  await loaded(page)
  await startTraining(page, { ...SMALL, training: { epochs: 400 } })
  await at(page, 'data')
  await page.getByLabel('Least rating').fill('2')
  const confirm = page.getByRole('button', { name: 'Apply and drop the present run' })
  await expect(confirm).toBeVisible()
  expect((await summary(page)).interactions).toBe(600)
  const { step } = await state(page)
  await expect.poll(async () => (await state(page)).step).toBeGreaterThan(step)

  await page.getByRole('button', { name: 'Undo the change' }).click()
  await expect(confirm).toHaveCount(0)
  await expect(page.getByLabel('Least rating')).toHaveValue('')
  expect((await state(page)).state).toBe('running')

  await page.getByLabel('Least rating').fill('2')
  await page.getByText('Filter and split', { exact: true }).focus()
  await confirm.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('state')).toHaveText('Ready to train')
  await expect.poll(async () => (await summary(page)).interactions).toBe(ROWS.filter(({ rating }) => rating >= 2).length)
  await expect(page.getByTestId('outcome-choices')).toBeFocused()
})

test('the charts of a log have their values in words too', async ({ page }) => {
  await loaded(page)
  const popularity = page.getByTestId('popularity')
  await expect(popularity.getByRole('img')).toHaveAccessibleName(/Interactions by rank of the item/)
  await expect(popularity).toContainText('The commonest tenth of the items has')
  await expect(popularity.getByRole('cell', { name: '20', exact: true })).toHaveCount(1)
  const lengths = page.getByTestId('lengths')
  await expect(lengths.getByRole('img')).toHaveAccessibleName('Number of users by interactions, from 20 to 25')
  await expect(lengths).toContainText('Half of the users have 20 interactions or fewer.')
  await expect(page.getByTestId('summary')).toContainText('2020-09-13 12:26 to')
  for (const figure of [popularity, lengths]) await expect(figure.locator('canvas')).toBeVisible()
})
