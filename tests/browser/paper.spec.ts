// Taking charts and tables along, and showing one chart large.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Locator, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining } from './page'

async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

test('each chart is shown large with keys to go on, and saved as SVG, PNG and CSV; tables as CSV and LaTeX', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, SMALL)
  await expect.poll(async () => (await page.evaluate(() => window.contrastvae.state())).state).toBe('finished')
  await at(page, 'train')
  const chart = page.locator('#validation .framed')
  const menu = chart.locator('summary')
  const choose = async (item: string) => {
    await menu.click()
    await chart.getByRole('button', { name: item, exact: true }).click()
  }
  const svg = await saved(page, () => choose('Save as SVG'))
  expect(svg.bytes.toString()).toMatch(/^<svg .*This model<\/text>.*<\/svg>\n$/s)
  expect((await saved(page, () => choose('Save as PNG'))).bytes.subarray(1, 4).toString()).toBe('PNG')
  const csv = await saved(page, () => choose('Save numbers as CSV'))
  expect(csv.bytes.toString().split('\r\n')[0]).toBe('x,This model,Popularity')
  expect(csv.bytes.toString().split('\r\n')).toHaveLength(6)

  await choose('Show large')
  const large = page.getByRole('dialog', { name: 'Presentation' })
  await expect(large.getByRole('heading')).toContainText('NDCG@20')
  expect(await large.evaluate((dialog) => getComputedStyle(dialog).fontSize)).toBe('20px')
  const { violations } = await new AxeBuilder({ page }).include('dialog').analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
  const first = await large.getByRole('heading').textContent()
  await page.keyboard.press('ArrowRight')
  await expect(large.getByRole('heading')).not.toHaveText(first ?? '')
  await page.keyboard.press('ArrowLeft')
  await expect(large.getByRole('heading')).toHaveText(first ?? '')
  // Printed, or saved as PDF by the browser, it stands by itself; without it, the stage without what can be pressed.
  await page.emulateMedia({ media: 'print', reducedMotion: 'reduce' })
  await expect(page.locator('main')).toBeHidden()
  await expect(large.getByRole('heading')).toBeVisible()
  await expect(large.locator('canvas')).toBeVisible()
  await expect(large.getByRole('button').first()).toBeHidden()
  await page.emulateMedia({ media: 'screen', reducedMotion: 'reduce' })
  await page.keyboard.press('Escape')
  await expect(large).toHaveCount(0)
  await page.emulateMedia({ media: 'print', reducedMotion: 'reduce' })
  await expect(page.locator('#validation table')).toBeVisible()
  const language = page.locator('header').getByText('繁體中文')
  for (const pressed of [page.locator('nav'), page.getByRole('button', { name: 'Start training' }), menu, language])
    await expect(pressed).toBeHidden()
  // The colours of the map are told, and their samples not saved as ink.
  const genre = page.getByRole('list', { name: 'Legend' }).getByRole('button').first()
  await expect(genre).toBeVisible()
  await expect(genre.locator('i')).toHaveCSS('print-color-adjust', 'exact')
  await page.emulateMedia({ media: 'screen', reducedMotion: 'reduce' })

  await at(page, 'compare')
  const runs = page.locator('#runs')
  await runs.getByLabel('Name of the run').fill('My first & best run')
  await runs.getByLabel('Name of the run').press('Tab')
  const table = await saved(page, () => runs.getByRole('button', { name: 'Save as CSV' }).click())
  const [header, own] = table.bytes.toString().split('\r\n')
  expect(header).toMatch(/^Run,Best epoch,Recall@20,.*NDCG@20/)
  expect(own).toMatch(/^My first & best run,\d of 3,0\.\d{4}/)
  const latex = await saved(page, () => runs.getByRole('button', { name: 'Save as LaTeX' }).click())
  expect(latex.bytes.toString()).toContain('My first \\& best run & ')
  expect(latex.bytes.toString()).toContain('\\toprule')

  // A run is cited by version, configuration and seed, and its link begins the same again.
  const cite = page.getByTestId('cite')
  await cite.locator('summary').click()
  const link = await cite.locator('[data-cite=address]').inputValue()
  const address = new URL(link)
  expect(address.searchParams.get('made-by')).toMatch(/^\d+\.\d+\.\d+/)
  expect(Object.fromEntries(new URLSearchParams(address.hash.slice(1)))).toMatchObject({
    seed: '42',
    'model.hidden_size': '16',
    'training.epochs': '3',
  })
  await expect(cite.locator('[data-cite=sentence]')).toHaveValue(/run “My first & best run”, seed 42, on Example bookshop \(1000 users/)
  await expect(cite.locator('[data-cite=bibtex]')).toHaveValue(/^@software\{contrastvae-lab,/)
  await page.goto('about:blank')
  await page.goto(link.replace(/made-by=[^&]*/, 'made-by=0.0.1'))
  await expect(page.getByTestId('message')).toContainText('made by version 0.0.1')
  await expect(page.getByLabel('Epochs')).toHaveValue('3')
})

test('tables of validation, groups and a comparison are saved with names for people, and pictures that are no curves like charts', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, SMALL)
  await expect(page.getByTestId('state')).toHaveText('Finished')
  const text = async (area: Locator, button: string) => {
    const { name, bytes } = await saved(page, () => area.getByRole('button', { name: button, exact: true }).click())
    return { name, text: bytes.toString(), lines: bytes.toString().split('\r\n') }
  }

  await at(page, 'train')
  const validation = await text(page.locator('#validation'), 'Save as CSV')
  expect(validation.name).toBe('validation.csv')
  expect(validation.lines[0]).toMatch(/^Metric,"Run 1, Now, epoch 3","Run 1, Best so far, epoch \d","Popularity, baseline"$/)
  expect(validation.lines.slice(1, 5).map((line) => line.split(',')[0])).toEqual(['Recall@10', 'Recall@20', 'NDCG@10', 'NDCG@20'])
  const latex = await text(page.locator('#validation'), 'Save as LaTeX')
  expect(latex.text).toContain('\\begin{tabular}{lrrr}')
  const { validation: points } = await page.evaluate(() => window.contrastvae.metrics())
  expect(latex.text).toContain(`NDCG@20 & ${points.at(-1)?.metrics.ndcg_20.toFixed(4)} & `)

  await at(page, 'look')
  const groups = page.locator('#groups')
  await expect(groups.getByRole('table')).toHaveCount(3)
  const joined = await text(groups, 'Save as CSV')
  const names = [
    'Recall@40, Users',
    'Recall@40, Run 1',
    'Recall@40, Popularity',
    'KL, nats, Users',
    'KL, nats, Run 1',
    'Mean variance, Run 1',
  ]
  expect(joined.lines[0]).toBe(['Group', ...names.map((name) => `"${name}"`)].join(','))
  expect(joined.lines.slice(1, 6).map((line) => line.split(',')[0])).toEqual(['<10', '10–19', '20–29', '30–39', '≥40'])
  expect(joined.lines[5]).toMatch(/^≥40,\d+,[01]\.\d{3},[01]\.\d{3},\d+,[\d.]+,[\d.]+$/)
  expect((await text(groups, 'Save as LaTeX')).text).toContain('\\caption{Rare and common answers, times in training}')

  await at(page, 'compare')
  const compare = page.locator('#compare')
  for (const box of await compare.locator('.model input').all()) await box.uncheck()
  await compare.getByRole('checkbox', { name: 'Popularity', exact: true }).check()
  await compare.getByRole('checkbox', { name: 'Markov chain', exact: true }).check()
  await compare.getByRole('button', { name: 'Compare', exact: true }).click()
  await expect(page.getByTestId('compared').locator('tbody tr')).toHaveCount(2)
  await expect(compare.getByRole('button', { name: 'Compare', exact: true })).toBeVisible()
  const compared = await text(compare, 'Save as LaTeX')
  expect(compared.text).toMatch(/\n {4}Popularity & 0\.\d{4} & /)
  expect(compared.text).toMatch(/\n {4}Markov chain & 0\.\d{4} & /)

  // Each picture as SVG without a rule of the page, as PNG, and large.
  const pictures = [
    {
      stage: 'look',
      area: page.getByTestId('epochs-plane'),
      holds: ['<circle', 'rotate', 'alignment'],
      csv: /^Epoch,alignment,uniformity\r\n1,/,
    },
    {
      stage: 'look',
      area: page.getByTestId('epochs-spectrum'),
      holds: ['fill-opacity="1"', 'nats'],
      csv: /^Dimension,Epoch 1,Epoch 2,Epoch 3\r\n/,
    },
    { stage: 'compare', area: page.getByTestId('compare-chart'), holds: ['1  ', 'Markov chain', 'stroke-dasharray'] },
    { stage: 'about', area: page.locator('#about'), holds: ['Posterior', 'N(μ, σ²)', 'marker-end'] },
  ] as const
  for (const { stage, area, holds, ...also } of pictures) {
    await at(page, stage)
    const choose = async (item: string) => {
      await area.locator('summary[aria-label^="Show large or save"]').click()
      await area.getByRole('button', { name: item, exact: true }).click()
    }
    const svg = (await saved(page, () => choose('Save as SVG'))).bytes.toString()
    for (const part of holds) expect(svg).toContain(part === 'rotate' ? 'transform="matrix(0, -1, 1, 0' : part)
    expect(svg).not.toMatch(/var\(|class=|NaN/)
    // A reader of SVG that knows nothing of the page takes it.
    const parsed = await page.evaluate((source) => {
      const { documentElement } = new DOMParser().parseFromString(source, 'image/svg+xml')
      return [documentElement.nodeName, Number(documentElement.getAttribute('width')) > 0]
    }, svg)
    expect(parsed).toEqual(['svg', true])
    expect((await saved(page, () => choose('Save as PNG'))).bytes.subarray(1, 4).toString()).toBe('PNG')
    if ('csv' in also) expect((await saved(page, () => choose('Save numbers as CSV'))).bytes.toString()).toMatch(also.csv)
    await choose('Show large')
    const large = page.getByRole('dialog', { name: 'Presentation' })
    await expect(large.getByRole('img')).toHaveJSProperty('complete', true)
    expect(await large.getByRole('img').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(200)
    await page.keyboard.press('Escape')
  }
})
