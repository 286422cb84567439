// Users by the identifiers of the log: found in "Use" and on the map, and named in what is saved.

import { readFileSync } from 'node:fs'

import { expect, type Page, test } from '@playwright/test'

import { at, choose, lines, ROWS, SMALL, startTraining, state } from './page'

async function trained(page: Page): Promise<void> {
  await page.goto('./?device=cpu')
  await choose(page, 'shop.csv', lines('user,item,timestamp', ...ROWS.map(({ user, item, time }) => `${user},${item},${time}`)))
  await expect.poll(async () => (await state(page)).summary?.users).toBe(30)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
}

test('the history of a user is taken by the identifier', async ({ page }) => {
  await trained(page)
  await at(page, 'use')
  const field = page.getByRole('combobox', { name: 'Take the history of a user' })
  await field.fill('U4')
  const options = page.locator('#user-search-titles').getByRole('option')
  await expect(options.first()).toContainText('u4')
  await page.keyboard.press('Enter')
  const own = ROWS.filter(({ user }) => user === 'u4').map(({ item }) => item)
  await expect(page.getByTestId('history').getByRole('listitem')).toHaveCount(own.length)
  const shown = await page.getByTestId('history').locator('.title').allInnerTexts()
  expect(shown).toEqual(own)
  await field.fill('nobody')
  await expect(options).toHaveText('No identifier begins like this')
})

test('embeddings and map name users as the log does', async ({ page }) => {
  await trained(page)
  await at(page, 'use')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save the users’ embeddings' }).click(),
  ])
  const rows = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
  expect(new Set(rows.map((row) => row.split('\t')[0]))).toEqual(new Set(ROWS.map(({ user }) => user)))

  await at(page, 'look')
  const map = page.locator('#map')
  await map.getByText('Users', { exact: true }).click()
  await map.getByRole('combobox', { name: 'Find a user on the map' }).fill('u4')
  await expect(map.getByRole('listbox').getByRole('option').first()).toContainText('u4')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('map-near').getByRole('heading')).toHaveText('Nearest to u4')
})
