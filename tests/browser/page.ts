// What several tests do with the page.

import { expect, type Page } from '@playwright/test'

import type { Config } from '../../www/protocol'

/** A run that is over in seconds on one core. */
export const SMALL = { model: { hidden_size: 16, max_length: 12 }, training: { epochs: 3 } } satisfies Config

export async function loadExample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Load example' }).click()
  await expect(page.getByTestId('summary')).toContainText('Users')
}

/** Presses "Start training" after setting a configuration. */
export async function startTraining(page: Page, config: Config = {}): Promise<void> {
  await page.evaluate((config) => window.contrastvae.configure(config), config)
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(page.getByTestId('progress')).toBeVisible()
}

export const state = (page: Page) => page.evaluate(() => window.contrastvae.state())

/** The loss charts' data. */
export async function losses(page: Page) {
  const { losses } = await page.evaluate(() => window.contrastvae.metrics())
  if (!losses) throw new Error('no losses yet')
  return losses
}

export const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
