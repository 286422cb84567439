// What the latent space looks like after each epoch: numbers, how to read them, and what they cost.

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, openMenu, SMALL, startTraining, state } from './page'

const metrics = (page: Page) => page.evaluate(() => window.contrastvae.metrics())
/** Beside the menu of the chart, which is a summary too. */
const definitions = (page: Page) => page.locator('#posterior summary').filter({ hasText: 'Definition' })

test('the panel says how to read what it shows', async ({ page }) => {
  await page.goto('./?device=cpu')
  const panel = page.locator('#posterior')
  await expect(panel).toContainText('Start training to see what the latent space carries')
  await loadExample(page)
  await page.evaluate((config) => window.contrastvae.configure(config), { ...SMALL, training: { epochs: 2 } })
  await page.getByRole('button', { name: 'Step', exact: true }).click()
  await expect(panel).toContainText('comes after the first epoch')
  expect((await metrics(page)).diagnosis).toBeNull()
  await page.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByTestId('state')).toHaveText('Finished')

  const { diagnosis: found } = await metrics(page)
  if (!found) throw new Error('no diagnosis')
  expect(found).toMatchObject({ epoch: 2, step: 64, rows: 128, dimensions: 16, mutual_information_rows: 128 })
  expect(found.kl_per_dim).toHaveLength(16)
  expect(found.kl_per_dim.reduce((sum, kl) => sum + kl, 0)).toBeCloseTo(found.kl, 9)
  expect(found.mutual_information_ceiling).toBeCloseTo(Math.log(128), 9)
  expect(found.mutual_information).toBeGreaterThan(0.1)
  expect(found.mutual_information).toBeLessThan(found.mutual_information_ceiling)
  expect(found.groups.map(({ grouping }) => grouping)).toEqual(['answer_frequency', 'training_frequency'])
  expect(found.positions.rows).toBe(128)

  const value = (key: string) => page.getByTestId(`posterior-${key}`).locator('.value')
  await expect(value('active')).toHaveText(`${found.active_units} of 16`)
  await expect(value('information')).toHaveText(`${found.mutual_information.toFixed(2)} of 4.85 nats`)
  await expect(value('rank')).toHaveText(`${found.effective_rank.toFixed(found.effective_rank >= 1 ? 2 : 4)} of 16`)
  await expect(value('kl')).toHaveText(`${found.kl.toFixed(found.kl >= 1 ? 2 : 4)} nats in all, in one view`)
  await expect(page.getByTestId('posterior-sample')).toHaveText('After epoch 2, of 128 of the 1,000 users, always the same ones.')
  await at(page, 'look')
  const chart = page.getByTestId('posterior-kl').getByRole('img')
  await expect(chart).toHaveAccessibleName(/KL of 16 dimensions in falling order, from/)
  await chart.scrollIntoViewIfNeeded()
  await expect(chart.locator('canvas')).toBeVisible()
  await chart.hover({ position: { x: 70, y: 60 } })
  await expect(page.getByTestId('posterior-kl')).toContainText(/Dimension \d+: [\d.]+ nats, (in)?active/)

  // Each definition is one click away.
  await expect(definitions(page)).toHaveCount(6)
  await panel.getByText('Definition of Active units').click()
  await expect(page.getByTestId('posterior-active')).toContainText('Burda et al. 2016')
})

test('it costs little beside an epoch', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { training: { epochs: 3 } })
  const shares: number[] = []
  for (let epoch = 1; epoch <= 3; epoch++) {
    await expect.poll(async () => (await metrics(page)).diagnosis?.epoch ?? 0, { intervals: [50] }).toBeGreaterThanOrEqual(epoch)
    const { diagnosis } = await metrics(page)
    const { step_milliseconds } = await state(page)
    shares.push((diagnosis?.seconds ?? NaN) / ((32 * (step_milliseconds ?? NaN)) / 1000))
  }
  const told = `a diagnosis takes ${shares.map((share) => `${(share * 100).toFixed(0)} %`).join(', ')} of an epoch's steps`
  test.info().annotations.push({ type: 'cost', description: told })
  console.log(told)
  // The least of a few, since other work of the machine may fall on either.
  expect(Math.min(...shares)).toBeLessThan(0.15)
})

test('a model without a posterior says so', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 }, view: { mode: 'deterministic' } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await expect(page.locator('#posterior')).toContainText('A deterministic model draws no latents')
  await expect(page.getByTestId('message')).toHaveCount(0)
  expect((await metrics(page)).diagnosis).toBeNull()

  // One view has a posterior, but nothing to align.
  await startTraining(page, { ...SMALL, training: { epochs: 1 }, view: { mode: 'avae' } })
  await expect(page.getByTestId('posterior-alignment').locator('.value')).toContainText('one view only')
  await expect(page.getByTestId('posterior-uniformity').locator('.value')).toHaveText(/^-\d/)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing about it, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.goto('./?device=cpu')
    await loadExample(page)
    await startTraining(page, { ...SMALL, training: { epochs: 1 } })
    await expect(page.getByTestId('state')).toHaveText('Finished')
    await at(page, 'look')
    for (const definition of await definitions(page).all()) await definition.click()
    await openMenu(page)
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 740 })
      const { violations } = await new AxeBuilder({ page }).include('#posterior').include('#training').analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target, failureSummary }) => [target, failureSummary])])).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
    }
  })
}
