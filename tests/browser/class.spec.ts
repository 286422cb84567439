// A class's results: run files of many people in one table and two charts, by file alone.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import type { Config } from '../../pkg/src/protocol'
import { at, loadExample, SMALL, startTraining, state } from './page'

interface RunFile {
  runs: {
    key: string
    name: string
    data: { users: number }
    values: Record<string, unknown>
    validation: { epoch: number; metrics: Record<string, number> }[]
    posterior: { epoch: number; active_units: number }[]
  }[]
}

/** A run of the page, saved as a student saves it. */
async function ownFile(page: Page): Promise<RunFile> {
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 2 } } as Config)
  await expect.poll(async () => (await state(page)).state, { timeout: 60_000 }).toBe('finished')
  await at(page, 'compare')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save my runs for the class' }).click(),
  ])
  return JSON.parse(readFileSync(await download.path(), 'utf8'))
}

/** The same run as thirty students would have it: with other weights of the KL, of which the heavier ones collapse it. */
function classOf(own: RunFile) {
  return Array.from({ length: 30 }, (_, at) => {
    const file = structuredClone(own)
    const [run] = file.runs
    if (!run) throw new Error('the file has no run')
    const weight = [0, 0.1, 0.5, 1, 2][at % 5] ?? 0
    run.key = `student-${at}`
    run.values = { ...run.values, 'objective.kl_weight': weight, seed: at }
    run.posterior = run.posterior.map((look) => ({ ...look, active_units: weight >= 1 ? 0 : 16 }))
    run.validation = Array.from({ length: 40 }, (_, epoch) => ({
      ...(run.validation[0] as (typeof run.validation)[number]),
      epoch: epoch + 1,
      metrics: { ...run.validation[0]?.metrics, ndcg_20: 0.1 + epoch / 400 + at / 1000 },
    }))
    run.posterior = run.validation.map(({ epoch }) => ({ ...(run.posterior[0] as (typeof run.posterior)[number]), epoch }))
    return file
  })
}

const asFile = (name: string, content: unknown) => ({
  name,
  mimeType: 'application/json',
  buffer: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
})

test('a class drops its files together and sees the collapse', { tag: '@alone' }, async ({ page }) => {
  await page.goto('./?device=cpu')
  const own = await ownFile(page)
  expect(own.runs[0]?.posterior.length).toBeGreaterThan(0)
  expect(own.runs[0]?.key).toBeTruthy()
  const files = classOf(own).map((content, at) => asFile(`student-${String(at + 1).padStart(2, '0')}.json`, content))
  const elsewhere = structuredClone(own)
  for (const run of elsewhere.runs) Object.assign(run, { key: 'elsewhere', data: { ...run.data, users: 12 } })
  const panel = page.locator('#class')

  // From the moment at which the page has the files to the table with all of them.
  const began = await page.evaluate(
    (files) => {
      const data = new DataTransfer()
      for (const { name, text } of files) data.items.add(new File([text], name, { type: 'application/json' }))
      const began = performance.now()
      document.querySelector('#class .drop')?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
      return new Promise<number>((resolve) => {
        const look = () => {
          const rows = document.querySelectorAll('[data-testid=class-runs] tbody tr').length
          const charts = document.querySelectorAll('#class canvas').length
          if (rows === 30 && charts === 2) resolve(performance.now() - began)
          else requestAnimationFrame(look)
        }
        look()
      })
    },
    files.map(({ name, buffer }) => ({ name, text: buffer.toString() })),
  )
  console.log(`thirty run files: ${Math.round(began)} ms`)
  expect(began).toBeLessThan(1000)
  await expect(panel.getByRole('img', { name: 'NDCG@20 on validation by epoch, 30 runs' })).toBeVisible()
  await expect(panel.getByRole('img', { name: 'Active units against KL weight, 30 runs' })).toBeVisible()
  await expect(page.getByTestId('class-groups').locator('tbody tr')).toHaveCount(5)
  await expect(page.getByTestId('class-groups').locator('tbody tr').first().locator('[data-spread=active_units]')).toHaveText(
    '16 ± 0 (16–16)',
  )

  // Bad files have a sentence each, a twin and other data are told apart, and what was there stays.
  await panel
    .getByLabel('Run files')
    .setInputFiles([
      asFile('notes.json', 'Dear teacher'),
      asFile('later.json', { format: 7, runs: [{}] }),
      asFile('again.json', classOf(own)[4]),
      asFile('elsewhere.json', elsewhere),
    ])
  await expect(page.getByTestId('class-told')).toContainText('31 runs from 32 files.')
  await expect(page.getByTestId('class-told').getByRole('listitem')).toHaveText([
    /^notes\.json is not JSON to its end/,
    /^later\.json was written by another version/,
  ])
  await panel.getByText('1 run is in more than one file').click()
  await expect(panel).toContainText('“Run 1” in again.json is the very run that is in student-05.json; it is counted once.')
  await expect(panel).toContainText('The runs are on 2 different data sets or filters')
  await expect(page.getByTestId('class-runs').locator('tbody tr')).toHaveCount(30)

  // Any setting against any measure, by keyboard.
  await page.getByTestId('class-up').focus()
  await page.getByTestId('class-up').selectOption('NDCG@20')
  await page.getByTestId('class-across').selectOption('Seed')
  await expect(panel.getByRole('img', { name: 'NDCG@20 against Seed, 30 runs' })).toBeVisible()

  const saved = async (click: () => Promise<void>) => {
    const [download] = await Promise.all([page.waitForEvent('download'), click()])
    return readFileSync(await download.path(), 'utf8')
  }
  const csv = await saved(() => panel.getByRole('button', { name: 'Save as CSV', exact: true }).first().click())
  expect(csv.trim().split('\r\n')).toHaveLength(31)
  expect(csv.split('\r\n')[0]).toMatch(/^Run,KL weight,Seed,NDCG@20,.*Active units.*,File$/)
  const latex = await saved(() => panel.getByRole('button', { name: 'Save as LaTeX', exact: true }).first().click())
  expect(latex).toMatch(/\n {4}student-07 & .* & student-07\.json \\\\\n/)
  await panel.getByLabel(/Show large or save: NDCG@20 against Seed/).click()
  const svg = await saved(() => panel.getByRole('button', { name: 'Save as SVG' }).last().click())
  expect(svg.match(/<circle/g)).toHaveLength(30)
  expect(svg).toContain('<title>student-07</title>')
  await panel.getByLabel(/Show large or save: NDCG@20 on validation/).click()
  const curves = await saved(() => panel.getByRole('button', { name: 'Save as SVG' }).first().click())
  for (const name of ['student-01', 'student-30']) expect(curves).toContain(`>${name}</text>`)

  await page.setViewportSize({ width: 360, height: 740 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  const { violations } = await new AxeBuilder({ page }).include('#class').analyze()
  expect(violations).toEqual([])

  await panel.getByRole('button', { name: 'Clear', exact: true }).click()
  await expect(page.getByTestId('class-runs')).toHaveCount(0)
})

test('a model card goes with the model', async ({ page }) => {
  await page.goto('./?device=cpu')
  await at(page, 'use')
  await expect(page.getByRole('button', { name: 'Save a model card' })).toHaveCount(0)
  await ownFile(page)
  await at(page, 'use')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save a model card' }).click()])
  expect(download.suggestedFilename()).toBe('model-card.md')
  const card = readFileSync(await download.path(), 'utf8')
  const [result] = await page.evaluate(() => window.contrastvae.runs())
  expect(card).toContain(`| NDCG@20 | ${result?.metrics.ndcg_20.toFixed(4)} |`)
  expect(card).toContain('| KL weight | `objective.kl_weight` |')
  expect(card).toMatch(/ContrastVAE Lab \d+\.\d+\.\d+/)
})
