// Pictures of the page, each stage on each screen, for people to look at; with SCREENSHOT=path also the one of the README.

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

import { expect, type Page, test } from '@playwright/test'

import { STAGES } from '../../www/shell/stages'
import { at, choose, DOUBTFUL, loadExample, openFilter, startTraining } from './page'

/** The page as one picture: a window of its height, since a browser that takes more than its window makes that tiny for a moment. */
async function whole(page: Page, path: string): Promise<void> {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  const full = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewportSize({ width, height: Math.max(height, full) })
  await page.waitForTimeout(SETTLE_MILLISECONDS)
  await page.screenshot({ path })
  await page.setViewportSize({ width, height })
}

async function learnt(page: Page, epochs: number): Promise<void> {
  await page.goto('./')
  await loadExample(page)
  await at(page, 'use')
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  await at(page, 'train')
  await startTraining(page, { training: { epochs } })
  await expect
    .poll(async () => (await page.evaluate(() => window.contrastvae.metrics())).validation.length, { timeout: 120_000 })
    .toBeGreaterThanOrEqual(4)
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  // The last glide and the last redraw.
  await page.waitForTimeout(1200)
  await page.evaluate(() => window.scrollTo(0, 0))
}

const LOOKS = [
  ['light', 'light', 1440, 900],
  ['dark', 'dark', 1440, 900],
  ['projector', 'light', 1024, 768],
  ['phone', 'light', 390, 844],
] as const
const TONGUES = [
  ['en', 'English'],
  ['zh-Hant', '繁體中文'],
] as const
/** A glide of the map and a redraw of the charts after their stage has come. */
const SETTLE_MILLISECONDS = 300

test('screenshots of every stage: light, dark, projector, phone, both languages', async ({ page }) => {
  test.setTimeout(600_000)
  // One run for all of them; what glides or plays is at its end.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await learnt(page, 20)
  for (const [language, name] of TONGUES) {
    await page.locator('header').getByText(name, { exact: true }).click()
    for (const [look, colorScheme, width, height] of LOOKS) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height })
      for (const stage of STAGES) {
        await at(page, stage)
        await whole(page, `screenshots/${stage}-${look}-${language}.png`)
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  }
})

test('screenshots of a log that must be checked', async ({ page }) => {
  await page.goto('./')
  await choose(page, 'doubtful.csv', DOUBTFUL)
  await expect(page.getByText('please check')).toHaveCount(2)
  await openFilter(page)
  await page.getByLabel('Least rating').fill('2')
  await expect(page.getByTestId('filter-steps')).toContainText('Rating')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await whole(page, `screenshots/log-${colorScheme}.png`)
  }
  await page.setViewportSize({ width: 360, height: 740 })
  await whole(page, 'screenshots/log-narrow.png')
})

test('screenshot of the README', async ({ page }) => {
  const path = process.env.SCREENSHOT
  test.skip(!path, 'SCREENSHOT names no file')
  mkdirSync(dirname(path ?? ''), { recursive: true })
  await page.setViewportSize({ width: 1440, height: 900 })
  await learnt(page, 20)
  await page.screenshot({ path: path ?? '' })
})
