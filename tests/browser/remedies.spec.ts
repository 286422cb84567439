// Remedies side by side: a comparison is foretold, shown while it goes on, given up, gone on with after a reload, drawn and saved.

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import type { Comparison } from '../../pkg/src/protocol'
import { at, loadExample, losses, startTraining, state } from './page'

const EPOCHS = 'Longest training'

/** Ticks these models and no others. */
async function choose(page: Page, ...labels: string[]): Promise<void> {
  const panel = page.locator('#compare')
  for (const box of await panel.locator('.family .model input').all()) await box.uncheck()
  for (const label of labels) await panel.getByRole('checkbox', { name: label, exact: true }).check()
}

const compare = (page: Page) => page.locator('#compare').getByRole('button', { name: 'Compare', exact: true })
const row = (page: Page, model: string) => page.getByTestId('compared').locator(`tr[data-model="${model}"]`)
const cell = (page: Page, model: string, column: string) => row(page, model).locator(`[data-column="${column}"]`)

const PLAIN = 'beta-vae+objective.kl_weight=1'

test('remedies stand side by side, and what is done is not done again', async ({ page }) => {
  await page.goto('./?device=cpu&stage=compare')
  const panel = page.locator('#compare')
  const estimate = page.getByTestId('compare-estimate')
  await expect(estimate).toHaveText('Load data to see what it takes.')
  await expect(compare(page)).toBeDisabled()
  await loadExample(page)
  await at(page, 'compare')
  await choose(page, 'Plain VAE', 'beta-VAE', 'SASRec', 'Popularity')
  await panel.getByLabel(EPOCHS).fill('6')
  await expect(estimate).toContainText(/^4 to train or rank, about .* on this machine$/)

  // Beside a run, which keeps its place.
  await startTraining(page, { model: { hidden_size: 8, max_length: 12 }, training: { epochs: 500 } })
  await page.evaluate(() => window.contrastvae.pause())
  const { step } = await state(page)
  await compare(page).click()
  const progress = page.getByTestId('compare-progress')
  await expect(progress).toContainText(/Plain VAE, seed 1 \(1 of 4\).*training.*Epoch \d of 6.*sequences\/s.*left/s)
  await expect(panel.getByRole('progressbar')).toHaveAttribute('value', /0\.\d+/)

  // Given up after the first model: its row stays.
  await expect(row(page, PLAIN)).toBeVisible({ timeout: 60_000 })
  await expect(page.getByTestId('compared').locator('tbody tr')).toHaveCount(1)
  await panel.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByTestId('compare-stopped')).toHaveText('The comparison was cancelled; the models that are done stay.')
  await expect(estimate).toContainText('3 of 4 still to train or rank')
  // Its seconds too are those of the first time, since it is not trained again.
  const first = await row(page, PLAIN).locator('td').allTextContents()
  expect((await state(page)).step).toBe(step)
  expect((await losses(page)).step.at(-1)).toBe(step)

  // After a reload the same choice goes on.
  await page.reload()
  await loadExample(page)
  await at(page, 'compare')
  await choose(page, 'Plain VAE', 'beta-VAE', 'SASRec', 'Popularity')
  await panel.getByLabel(EPOCHS).fill('6')
  await expect(row(page, PLAIN)).toBeVisible()
  await expect(estimate).toContainText('3 of 4 still to train or rank')
  await compare(page).click()
  await expect(progress).toContainText('(2 of 4)')
  await expect(estimate).toHaveText('All of these are done.', { timeout: 120_000 })
  await expect(compare(page)).toBeDisabled()
  await expect(page.getByTestId('compared').locator('tbody tr')).toHaveCount(4)
  expect(await row(page, PLAIN).locator('td').allTextContents()).toEqual(first)

  // The plain one has collapsed; a smaller weight cures it; yardsticks have no latent.
  await expect(cell(page, PLAIN, 'active_units')).toHaveText('0 of 32')
  await expect(row(page, PLAIN).locator('[data-verdict]')).toHaveText(
    'Collapsed: fewer than a tenth of its units are active; ranks no better than popularity. Here it has to be cured.',
  )
  await expect(cell(page, 'beta-vae', 'active_units')).toHaveText('32 of 32')
  await expect(row(page, 'beta-vae').locator('[data-verdict]')).toContainText(
    /^Alive.*ranks \d+ % of the way from popularity to the deterministic network/,
  )
  await expect(cell(page, 'sasrec', 'mutual_information')).toHaveText('–')
  await expect(page.getByTestId('compared').locator('th[data-column=mutual_information]')).toHaveText(
    /^Mutual information, nats, at most \d\.\d\d$/,
  )
  await expect(cell(page, 'popularity', 'parameters')).toHaveText('–')
  const number = async (model: string, column: string) => Number(((await cell(page, model, column).textContent()) ?? '').replace(',', ''))
  expect(await number('beta-vae', 'ndcg_20')).toBeGreaterThan(2 * (await number(PLAIN, 'ndcg_20')))
  expect(await number('beta-vae', 'mutual_information')).toBeGreaterThan(1)
  expect(await number('sasrec', 'parameters')).toBeGreaterThan(10_000)

  // A dot for each posterior, a line for each other model.
  const chart = page.getByTestId('compare-chart')
  await expect(chart.locator('.dot')).toHaveCount(2)
  await expect(chart.locator('.level')).toHaveCount(2)
  await chart.locator('.dot circle').last().hover()
  await expect(chart).toContainText(/beta-VAE: NDCG@20 0\.\d{4}, mutual information \d\.\d\d nats/)

  // Both files hold what the table shows.
  const saved = async (button: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: button }).click()])
    const chunks: Buffer[] = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString()
  }
  const [header, ...lines] = (await saved('Save table (TSV)'))
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'))
  expect(lines.map(([model]) => model)).toEqual([PLAIN, 'beta-vae', 'sasrec', 'popularity'])
  for (const line of lines) expect(line).toHaveLength(header?.length ?? 0)
  const ndcg = header?.indexOf('ndcg_20') ?? -1
  expect(Number(lines[1]?.[ndcg]).toFixed(4)).toBe(await cell(page, 'beta-vae', 'ndcg_20').textContent())
  const comparison = JSON.parse(await saved('Save all (JSON)')) as Comparison
  expect(comparison.outcomes.map(({ model, seed }) => [model, seed])).toEqual([
    [PLAIN, 1],
    ['beta-vae', 1],
    ['sasrec', 1],
    ['popularity', null],
  ])
  expect(comparison.outcomes[1]?.training?.config.training?.epochs).toBe(6)
  expect(comparison.users).toBe(1000)

  // Cleared rows come back.
  await panel.getByRole('button', { name: 'Clear rows' }).click()
  await expect(page.getByTestId('compared')).toHaveCount(0)
  await expect(estimate).toContainText('4 to train or rank')
  await panel.getByRole('button', { name: 'Bring them back' }).click()
  await expect(page.getByTestId('compared').locator('tbody tr')).toHaveCount(4)
  await panel.getByRole('button', { name: 'Clear rows' }).click()
  await page.reload()
  await loadExample(page)
  await at(page, 'compare')
  await panel.getByLabel(EPOCHS).fill('6')
  await expect(estimate).toContainText(/to train or rank/)
  await expect(page.getByTestId('compared')).toHaveCount(0)
})

test('what cannot be compared is one sentence; other models are asked for by name', async ({ page }) => {
  await page.goto('./?device=cpu&stage=compare')
  await page.evaluate(() => window.contrastvae.load({ users: 120, items: 60, genres: 3 }))
  const panel = page.locator('#compare')
  const problem = page.getByTestId('compare-problem')
  await choose(page)
  await expect(problem).toHaveText('Tick at least one model.')
  const also = panel.getByLabel('Others by name')
  await also.fill('bert')
  await expect(problem).toContainText('There is no model bert; there are default, avae')
  await expect(compare(page)).toBeDisabled()
  await also.fill('sasrec+model.heads=3')
  await expect(problem).toContainText('multiple of heads')
  await also.fill('markov, sasrec+model.hidden_size=8')
  await panel.getByLabel('Repetitions').fill('0')
  await expect(problem).toContainText('repetitions go from 1 to 20')
  await panel.getByLabel('Repetitions').fill('2')
  await panel.getByLabel(EPOCHS).fill('2')
  await expect(problem).toHaveCount(0)
  await expect(page.getByTestId('compare-estimate')).toContainText('3 to train or rank')
  await compare(page).click()
  await expect(page.getByTestId('compare-estimate')).toHaveText('All of these are done.', { timeout: 60_000 })
  // Two seeds are a mean and its deviation, in the row of the name as it was written.
  await expect(cell(page, 'sasrec+model.hidden_size=8', 'ndcg_20')).toHaveText(/^0\.\d{4} ± 0\.\d{4}$/)
  await expect(row(page, 'sasrec+model.hidden_size=8')).toContainText('seeds 1, 2')
  // Other data has rows of its own.
  await page.evaluate(() => window.contrastvae.load({ users: 130, items: 60, genres: 3 }))
  await expect(page.getByTestId('compared')).toHaveCount(0)
  await expect(page.getByTestId('compare-estimate')).toContainText('3 to train or rank')
})

for (const [scheme, width] of [
  ['light', 1440],
  ['dark', 360],
] as const) {
  test(`the panel is for everyone, ${scheme}, ${width} pixels wide`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize({ width, height: 900 })
    await page.goto('./?device=cpu&stage=compare')
    await page.evaluate(() => window.contrastvae.load({ users: 120, items: 60, genres: 3 }))
    await choose(page, 'Plain VAE', 'beta-VAE', 'Popularity')
    // By keyboard: the family's box, then the button.
    const panel = page.locator('#compare')
    await panel.getByLabel('All of Yardsticks').focus()
    await page.keyboard.press('Space')
    await expect(panel.locator('.family.yardsticks .model input:checked')).toHaveCount(5)
    await panel.getByLabel(EPOCHS).fill('1')
    await expect(page.getByTestId('compare-estimate')).toContainText('7 to train or rank')
    await compare(page).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('compare-estimate')).toHaveText('All of these are done.', { timeout: 60_000 })
    await expect(page.getByTestId('compared').locator('tbody tr')).toHaveCount(7)
    const { violations } = await new AxeBuilder({ page }).include('#compare').analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    await panel.screenshot({ path: `screenshots/compare-${scheme}-${width}.png` })
  })
}

test('remedies train on a GPU as they do on the CPU', async ({ page }) => {
  test.setTimeout(600_000)
  const small = '+model.hidden_size=8+model.heads=2+model.max_length=8'
  const plain = `beta-vae${small}`
  const models = [
    `${plain}+objective.prior=composite`,
    `${plain}+objective.prior=adaptive`,
    `recvae-sequential${small}`,
    `align-uniform${small}`,
    `duorec${small}`,
    'vaecf',
  ]
  /** The comparison on a device; nothing where there is no such device. */
  const compared = async (device: string) => {
    await page.goto(`./?device=${device}&stage=compare`)
    const words = page.getByTestId('device')
    await expect(words.locator('strong')).toBeVisible({ timeout: 120_000 })
    if (device !== 'cpu' && !(await words.innerText()).includes('WebGPU')) return null
    await page.evaluate(() => window.contrastvae.load({ users: 60, items: 60, genres: 2 }))
    await choose(page)
    const panel = page.locator('#compare')
    await panel.getByLabel('Others by name').fill(models.map((model) => `${model}+training.batch_size=16`).join(', '))
    await panel.getByLabel(EPOCHS).fill('2')
    await expect(page.getByTestId('compare-estimate')).toContainText('6 to train or rank')
    await compare(page).click()
    await expect(page.getByTestId('compare-estimate')).toHaveText('All of these are done.', { timeout: 400_000 })
    const kl = await page.getByTestId('compared').locator('td[data-column="kl"]').allTextContents()
    await panel.getByRole('button', { name: 'Clear rows' }).click()
    return kl.map(Number)
  }
  const gpu = await compared('software-gpu')
  test.skip(gpu === null, 'this browser brings no software adapter')
  const cpu = (await compared('cpu')) ?? []
  expect(gpu).toHaveLength(models.length)
  // The noise is drawn in another order, so that they are alike, not the same.
  for (const [at, nats] of (gpu ?? []).entries()) {
    expect(nats, models[at]).toBeGreaterThan(0)
    expect(Math.abs(nats / (cpu[at] ?? NaN) - 1), models[at]).toBeLessThan(0.2)
  }
})
