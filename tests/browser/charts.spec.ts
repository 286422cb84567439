// The charts that show a collapse, epoch by epoch and group by group: they draw what the worker told, and each has its definition.

import { expect, test } from '@playwright/test'

import type { Part } from '../../pkg/src/history'
import { at, loadExample, SMALL, startTraining } from './page'

const EPOCHS = 3

test('charts follow the run from epoch to epoch and from group to group', async ({ page }) => {
  await page.goto('./?device=cpu')
  await expect(page.locator('#epochs')).toContainText('Start training to follow the latent space')
  await expect(page.locator('#groups')).toContainText('Start training to see for whom')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: EPOCHS }, objective: { kl_annealing_steps: 1000, contrast_weight: 0.5 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  const { losses, diagnosis, validation } = await page.evaluate(() => window.contrastvae.metrics())
  if (!losses || !diagnosis) throw new Error('no numbers')

  // The weight rises to what the configuration allows, and the parts make up the total.
  const weights = losses.kl_weight.map((weight) => weight ?? NaN)
  expect(weights[weights.length - 1]).toBeCloseTo(0.005, 6)
  expect(weights[0]).toBeLessThan(0.005)
  await expect(page.getByTestId('loss-kl-weight').locator('.value')).toHaveText('0.005')
  const share = (part: Part, at: number) => losses.shares[part][at] ?? NaN
  for (const [at, total] of losses.total.entries()) {
    const sum = share('reconstruction', at) + share('kl', at) + share('contrast', at)
    expect(sum).toBeCloseTo(total, 3)
    expect(share('contrast', at)).toBeCloseTo(0.5 * (losses.contrast[at] ?? NaN), 4)
    expect(share('alpha_prior', at)).toBe(0)
  }
  const shares = page.getByTestId('loss-shares')
  await expect(shares.getByRole('img')).toHaveAccessibleName(
    /Parts of the total over the steps, in nats, now: Reconstruction [\d.]+; KL, weighted [\d.]+; Contrast, weighted [\d.]+$/,
  )

  await at(page, 'look')
  // Each chart of the epochs says the number of the latest look.
  const value = (id: string) => page.getByTestId(id).locator('.value')
  await expect(value('epochs-active')).toHaveText(`${diagnosis.active_units} / 16`)
  await expect(value('epochs-information')).toHaveText(`${diagnosis.mutual_information.toFixed(2)} / 4.85`)
  await expect(value('epochs-rank')).toHaveText(diagnosis.effective_rank.toFixed(2))
  await expect(page.getByTestId('epochs-plane').locator('circle')).toHaveCount(EPOCHS)
  await expect(page.getByTestId('epochs-plane')).toContainText(`Epoch ${EPOCHS}: alignment`)
  const strip = page.getByTestId('epochs-spectrum').getByRole('img')
  await expect(strip).toHaveAccessibleName(new RegExp(`KL of 16 dimensions up to epoch ${EPOCHS};`))
  await strip.scrollIntoViewIfNeeded()
  // The first row is the dimension that holds the most now; its last cell says what the report says.
  const box = await strip.boundingBox()
  if (!box) throw new Error('no strip')
  await strip.hover({ position: { x: box.width - 3, y: 2 } })
  const most = Math.max(...diagnosis.kl_per_dim)
  const dimension = diagnosis.kl_per_dim.indexOf(most) + 1
  await expect(page.getByTestId('epochs-spectrum').locator('.point')).toHaveText(
    new RegExp(`Dimension ${dimension} after epoch ${EPOCHS}: ${most.toFixed(most >= 1 ? 2 : 4)} nats`),
  )
  // The strip is not blank.
  const painted = await strip.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] as number[] }
    return Array.from(data).some((part, at) => at % 4 === 3 && part > 0)
  })
  expect(painted).toBe(true)

  // The groups add up to all users, and their recall to that of all.
  const point = validation[validation.length - 1]
  if (!point) throw new Error('no validation')
  for (const { groups } of point.groups) {
    expect(groups.map(({ label }) => label)).toEqual(['<10', '10-19', '20-29', '30-39', '>=40'])
    expect(groups.reduce((sum, { users }) => sum + users, 0)).toBe(point.metrics.users)
    const hits = groups.reduce((sum, { users, metrics }) => sum + users * metrics.recall_40, 0)
    expect(hits / point.metrics.users).toBeCloseTo(point.metrics.recall_40, 4)
    const popular = groups.reduce((sum, { users, popularity }) => sum + users * popularity.recall_40, 0)
    expect(popular / point.metrics.users).toBeCloseTo(point.popularity.recall_40, 4)
  }
  const rows = page.getByTestId('groups-recall').locator('tbody tr')
  await expect(rows).toHaveCount(5)
  const shown = (grouping: string) => point.groups.find((by) => by.grouping === grouping)?.groups[4]
  await expect(rows.nth(4)).toContainText(shown('training_frequency')?.metrics.recall_40.toFixed(3) ?? '?')
  await page.getByLabel('Among the answers').check()
  const rare = point.groups.find((by) => by.grouping === 'answer_frequency')?.groups[0]
  await expect(rows.nth(0)).toContainText(rare?.metrics.recall_40.toFixed(3) ?? '?')
  await expect(page.getByTestId('groups-kl').locator('tbody tr')).toHaveCount(5)
  await expect(page.getByTestId('groups-variance').locator('tbody tr')).toHaveCount(5)

  // Each definition is one click away and says where it comes from.
  for (const id of ['loss-kl-weight', 'epochs-information', 'epochs-plane', 'epochs-spectrum', 'groups-recall', 'groups-variance']) {
    const figure = page.getByTestId(id)
    await at(page, id.startsWith('loss') ? 'train' : 'look')
    await figure.locator('[data-definition] summary').click()
    await expect(figure.locator('[data-definition] p')).toContainText(/\d{4}/)
  }

  // Another run may stand in the place of popularity; it has one view, so the plane says why it is empty.
  await startTraining(page, { ...SMALL, training: { epochs: 1 }, view: { mode: 'avae' } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await expect(page.getByTestId('epochs-plane')).toContainText('One view has nothing to agree with')
  await at(page, 'look')
  await page.locator('#groups').getByRole('combobox').selectOption({ label: 'Run 1' })
  await expect(page.getByTestId('groups-recall').locator('thead')).toContainText('Run 1')

  await page.setViewportSize({ width: 360, height: 740 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})
