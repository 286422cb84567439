// Several runs of one visit beside each other: curves, table, differences of their settings, and files.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import type { Config } from '../../pkg/src/protocol'
import { at, loadExample, SMALL, startTraining } from './page'

const finish = async (page: Page, config: Config) => {
  const before = (await page.evaluate(() => window.contrastvae.runs())).length
  await startTraining(page, config)
  // The state may still be that of the run before.
  await expect.poll(() => page.evaluate(async () => (await window.contrastvae.runs()).length), { timeout: 60_000 }).toBe(before + 1)
  await expect.poll(() => page.evaluate(async () => (await window.contrastvae.state()).state), { timeout: 60_000 }).toBe('finished')
}
const bestOfNow = (page: Page) =>
  page.evaluate(async () => Math.max(...(await window.contrastvae.metrics()).validation.map(({ metrics }) => metrics.ndcg_20)))
const saved = async (page: Page, button: string) => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
  return { name: download.suggestedFilename(), content: readFileSync(await download.path(), 'utf8') }
}

test('two runs stand side by side, with what their settings differ in', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await expect(page.locator('#runs')).toBeHidden()
  await finish(page, SMALL)
  const first = await bestOfNow(page)
  const panel = page.locator('#runs')
  const rows = panel.getByTestId('runs').locator('tbody tr')
  await expect(rows).toHaveCount(2) // and popularity
  await expect(panel.locator('[data-setting]')).toHaveCount(0)

  await finish(page, { ...SMALL, objective: { kl_weight: 1 }, training: { epochs: 2 } } as Config)
  const second = await bestOfNow(page)
  await expect(rows).toHaveCount(3)
  for (const [row, best] of [first, second].entries()) {
    await expect(rows.nth(row).locator('[data-metric=ndcg_20]')).toHaveText(best.toFixed(4))
  }
  // Two settings differ; only the second run's values are marked.
  await expect(rows.nth(0).locator('[data-setting]')).toHaveCount(2)
  await expect(rows.nth(1).locator('[data-setting="objective.kl_weight"] mark')).toHaveText('1')
  await expect(rows.nth(1).locator('[data-setting="training.epochs"] mark')).toHaveText('2')
  await expect(rows.nth(0).locator('mark')).toHaveCount(0)
  await at(page, 'compare')
  await expect(panel.getByRole('img')).toHaveAccessibleName(/NDCG@20 on validation by epoch, 2 runs, 3 epochs/)

  const of = await page.evaluate(() => window.contrastvae.runs())
  expect(of.map(({ run }) => run.validation.length)).toEqual([3, 2])
  for (const { run, posterior } of of) {
    expect(run.seconds).toBeGreaterThan(0)
    expect(posterior?.dimensions).toBe(16)
  }

  await page.getByLabel('Draw the curve of Run 1').uncheck()
  await expect(panel.getByRole('img')).toHaveAccessibleName(/1 run, 2 epochs/)

  // When a run is over, its best weights are put to the test; parameters stand beside.
  for (const row of [0, 1]) {
    await expect(rows.nth(row).locator('[data-test=ndcg_20]')).toHaveText(/^0\.\d{4}$/)
    await expect(rows.nth(row).locator('[data-parameters]')).toHaveText(/^\d+,\d{3}$/)
  }
  // The baselines are ranked on demand; popularity is what the validation has beside it.
  const baseline = (name: string) => panel.locator(`tr[data-baseline=${name}]`)
  await expect(baseline('markov')).toHaveCount(0)
  await panel.getByRole('button', { name: 'Rank by the baselines' }).click()
  await expect(rows).toHaveCount(5)
  const { popularity } = await page.evaluate(async () => {
    const { validation } = await window.contrastvae.metrics()
    return { popularity: validation[0]?.popularity.ndcg_20 ?? NaN }
  })
  await expect(baseline('popularity').locator('[data-metric=ndcg_20]')).toHaveText(popularity.toFixed(4))
  const shown = async (name: string, cell: string) => Number(await baseline(name).locator(cell).textContent())
  // The next volume of a series mostly follows the one before, which a Markov chain sees and popularity does not.
  for (const cell of ['[data-metric=ndcg_20]', '[data-test=ndcg_20]']) {
    expect(await shown('markov', cell)).toBeGreaterThan(2 * (await shown('popularity', cell)))
    expect(await shown('item_knn', cell)).toBeGreaterThan(await shown('popularity', cell))
  }

  await page.setViewportSize({ width: 360, height: 700 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)

  const { violations } = await new AxeBuilder({ page }).include('#runs').analyze()
  expect(violations).toEqual([])
})

test('a run is renamed, removed, brought back and saved', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await finish(page, { ...SMALL, training: { epochs: 1 } } as Config)
  await finish(page, { ...SMALL, seed: 7, training: { epochs: 1 } } as Config)

  await at(page, 'compare')
  const name = page.getByLabel('Name of the run Run 2')
  await name.fill('  other seed ')
  await name.press('Enter')
  await expect(page.getByLabel('Name of the run other seed')).toHaveValue('other seed')
  await page.getByLabel('Name of the run other seed').fill('')
  await page.getByLabel('Name of the run other seed').blur()
  await expect(page.getByLabel('Name of the run other seed')).toHaveValue('other seed')

  await page.getByRole('button', { name: 'Remove Run 1' }).click()
  await expect(page.locator('#runs')).toContainText('Run 1 was removed')
  expect((await page.evaluate(() => window.contrastvae.runs())).map(({ run }) => run.name)).toEqual(['other seed'])
  await page.getByRole('button', { name: 'Bring it back' }).click()

  const table = await saved(page, 'Save as TSV')
  expect(table.name).toBe('contrastvae-runs.tsv')
  const [header, ...lines] = table.content
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'))
  expect(lines.map((line) => [line[header?.indexOf('run') ?? -1], line[header?.indexOf('seed') ?? -1]])).toEqual([
    ['Run 1', '42'],
    ['other seed', '7'],
    ['popularity', ''],
  ])
  for (const line of lines) expect(line).toHaveLength(header?.length ?? 0)
  const runs = await page.evaluate(() => window.contrastvae.runs())
  expect(lines.map((line) => Number(line[header?.indexOf('ndcg_20') ?? -1]))).toEqual([
    ...runs.map(({ metrics }) => metrics.ndcg_20),
    runs[0]?.run.validation[0]?.popularity.ndcg_20,
  ])

  const all = JSON.parse((await saved(page, 'Save as JSON')).content)
  expect(all.runs.map(({ name, best_epoch }: { name: string; best_epoch: number }) => [name, best_epoch])).toEqual([
    ['Run 1', 1],
    ['other seed', 1],
  ])
  expect(all.runs[1].validation[0].metrics).toEqual(runs[1]?.metrics)
  expect(all.baselines).toEqual([{ name: 'popularity', valid: runs[0]?.run.validation[0]?.popularity, test: null }])
})
