// The whole configuration lives in the address, but only what differs from the default.

import { expect, test } from '@playwright/test'

import { at, openFilter } from './page'

test('the address holds what was changed and restores it', async ({ page, context }) => {
  await page.goto('./?stage=train')
  await expect(page.getByLabel('Epochs')).toBeVisible()
  expect(new URL(page.url()).hash).toBe('')
  await page.getByLabel('Epochs').fill('7')
  await page.getByLabel('Seed').fill('123')
  await openFilter(page)
  await page.getByLabel('Least per user').fill('3')
  await page.getByLabel('Least rating').fill('2.5')
  await page.getByLabel('From', { exact: true }).fill('2020-01-31')
  await page.getByLabel('Repeated interactions').selectOption('last')
  await page.getByLabel('Split', { exact: true }).selectOption('time_cut')
  await page.getByLabel('Test, percent').fill('20')
  await at(page, 'train')
  await page.getByText('Advanced', { exact: true }).click()
  await page.getByLabel('Second view').selectOption('avae')
  await page.getByLabel('Learning rate').fill('0.0005')
  await expect
    .poll(() => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1))))
    .toEqual({
      v: '1',
      'training.epochs': '7',
      seed: '123',
      'view.mode': 'avae',
      'training.learning_rate': '0.0005',
      'filter.min_user': '3',
      'filter.min_rating': '2.5',
      'filter.from': '2020-01-31',
      'filter.repeats': 'last',
      'split.rule': 'time_cut',
      'split.test_percent': '20',
    })

  const other = await context.newPage()
  await other.goto(page.url())
  await expect(other.getByLabel('Epochs')).toHaveValue('7')
  await expect(other.getByLabel('Seed')).toHaveValue('123')
  await openFilter(other)
  await expect(other.getByLabel('Least per user')).toHaveValue('3')
  await expect(other.getByLabel('Least per item')).toHaveValue('5')
  await expect(other.getByLabel('From', { exact: true })).toHaveValue('2020-01-31')
  await expect(other.getByLabel('Test, percent')).toHaveValue('20')
  await at(other, 'train')
  await other.getByText('Advanced', { exact: true }).click()
  await expect(other.getByLabel('Second view')).toHaveValue('avae')
  const config = await other.evaluate(() => window.contrastvae.configure({}))
  expect(config.training?.learning_rate).toBe(0.0005)

  await other.getByRole('button', { name: 'Back to defaults' }).click()
  await expect.poll(() => new URLSearchParams(new URL(other.url()).hash.slice(1)).get('training.epochs')).toBeNull()
})

test('an address with unknown settings is read as far as possible, and says so', async ({ page }) => {
  await page.goto('./#v=1&training.epochs=9&model.wings=2')
  await expect(page.getByLabel('Epochs')).toHaveValue('9')
  await expect(page.getByTestId('message')).toContainText('model.wings')
  await page.evaluate(() => (location.hash = '#v=1&training.epochs=4'))
  await expect(page.getByLabel('Epochs')).toHaveValue('4')
})

test('an address of an earlier version has one minimum for users and items', async ({ page }) => {
  await page.goto('./#v=1&k_core=3')
  await openFilter(page)
  await expect(page.getByLabel('Least per user')).toHaveValue('3')
  await expect(page.getByLabel('Least per item')).toHaveValue('3')
  await expect(page.getByTestId('message')).toHaveCount(0)
})
