// A real log end to end, where it is on this machine; else the example stands in.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import { expect, test } from '@playwright/test'

import { loadExample, startTraining } from './page'

const FOLDER = resolve(import.meta.dirname, '../../../shared/data/movietweetings-100k')
const FILES = [resolve(FOLDER, 'ratings.dat'), resolve(FOLDER, 'movies.dat')]

test('two epochs on a real log beat popularity', async ({ page }) => {
  test.setTimeout(900_000)
  await page.goto('./?device=cpu')
  const real = FILES.every((file) => existsSync(file))
  if (real) {
    await page.locator('#data').getByLabel('Log file').setInputFiles(FILES)
    await expect(page.getByTestId('summary')).toContainText('4,333')
    await expect(page.getByTestId('summary')).toContainText('2,414')
  } else {
    await loadExample(page)
  }
  await startTraining(page, { model: { hidden_size: 32, max_length: 20 }, training: { epochs: 2 } })
  await expect(page.getByTestId('state')).toHaveText('Finished', { timeout: 800_000 })
  const { validation } = await page.evaluate(() => window.contrastvae.metrics())
  const last = validation[validation.length - 1]
  if (!last) throw new Error('no validation')
  test.info().annotations.push({
    type: real ? 'MovieTweetings' : 'example',
    description: `NDCG@20 ${last.metrics.ndcg_20.toFixed(4)}, popularity ${last.popularity.ndcg_20.toFixed(4)}`,
  })
  expect(last.epoch).toBe(2)
  expect(last.metrics.ndcg_20).toBeGreaterThan(last.popularity.ndcg_20)
  const shown = page.getByTestId('validation')
  await expect(shown.locator('[data-row=now][data-metric=ndcg_20]')).toHaveText(last.metrics.ndcg_20.toFixed(4))
  await expect(shown.locator('[data-row=popularity][data-metric=ndcg_20]')).toHaveText(last.popularity.ndcg_20.toFixed(4))
})
