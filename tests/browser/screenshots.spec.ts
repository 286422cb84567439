// Pictures of the page, for people to look at; with SCREENSHOT=path also the one of the README.

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

import { expect, type Page, test } from '@playwright/test'

import { choose, DOUBTFUL, loadExample, openFilter, startTraining } from './page'

async function learnt(page: Page, epochs: number): Promise<void> {
  await page.goto('./')
  await loadExample(page)
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  await startTraining(page, { training: { epochs } })
  await expect
    .poll(async () => (await page.evaluate(() => window.contrastvae.metrics())).validation.length, { timeout: 120_000 })
    .toBeGreaterThanOrEqual(4)
  await page.getByRole('button', { name: 'Pause' }).click()
  // The last glide and the last redraw.
  await page.waitForTimeout(1200)
  await page.evaluate(() => window.scrollTo(0, 0))
}

test('screenshots: light, dark, narrow', async ({ page }) => {
  await page.goto('./')
  await expect(page.getByLabel('Epochs')).toBeVisible()
  await page.screenshot({ path: 'screenshots/empty.png', fullPage: true })
  await learnt(page, 20)
  await page.screenshot({ path: 'screenshots/light.png', fullPage: true })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.waitForTimeout(800)
  await page.screenshot({ path: 'screenshots/dark.png', fullPage: true })
  await page.setViewportSize({ width: 360, height: 740 })
  await page.waitForTimeout(800)
  await page.screenshot({ path: 'screenshots/narrow.png', fullPage: true })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.evaluate(() => document.getElementById('results')?.scrollIntoView())
  await page.waitForTimeout(800)
  await page.screenshot({ path: 'screenshots/narrow-map.png' })
  await page.getByText('繁體中文', { exact: true }).click()
  await page.waitForTimeout(300)
  await page.screenshot({ path: 'screenshots/chinese-narrow.png', fullPage: true })
  await page.setViewportSize({ width: 1440, height: 1000 })
  await page.waitForTimeout(800)
  await page.screenshot({ path: 'screenshots/chinese.png', fullPage: true })
})

test('screenshots of a log that must be checked', async ({ page }) => {
  await page.goto('./')
  await choose(page, 'doubtful.csv', DOUBTFUL)
  await expect(page.getByText('please check')).toHaveCount(3)
  await openFilter(page)
  await page.getByLabel('Least rating').fill('2')
  await expect(page.getByTestId('filter-steps')).toContainText('Rating')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.waitForTimeout(600)
    await page.screenshot({ path: `screenshots/log-${colorScheme}.png`, fullPage: true })
  }
  await page.setViewportSize({ width: 360, height: 740 })
  await page.waitForTimeout(600)
  await page.screenshot({ path: 'screenshots/log-narrow.png', fullPage: true })
})

test('screenshot of the README', async ({ page }) => {
  const path = process.env.SCREENSHOT
  test.skip(!path, 'SCREENSHOT names no file')
  mkdirSync(dirname(path ?? ''), { recursive: true })
  await page.setViewportSize({ width: 1440, height: 900 })
  await learnt(page, 20)
  await page.screenshot({ path: path ?? '' })
})
