// What posteriors say on the latent map: the prior behind the dots, the posteriors of a selection, and how far users moved. Numbers, not pixels.

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining } from './page'

const choose = (page: Page, label: string) => page.locator('#map').getByText(label, { exact: true }).click()
const overlay = (page: Page) => page.getByTestId('map-overlay')
const prior = (page: Page) => page.getByTestId('map-prior')
const moved = (page: Page) => page.getByTestId('map-moved')
const told = async (page: Page, name: string) => Number(await prior(page).getAttribute(`data-${name}`))

async function train(page: Page, config: object): Promise<void> {
  await startTraining(page, { ...SMALL, ...config })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
}

/** CSS pixels: half the width of the prior's inner ring, and how far the picture of a user's posterior is from its middle at most. */
async function drawn(page: Page) {
  const radius = async (name: string, nth: number) => Number(await overlay(page).locator(`ellipse.${name}`).nth(nth).getAttribute('rx'))
  return { prior: await radius('prior', 1), posterior: await radius('spread', 0) }
}

test('a living space fills the prior, a collapsed one is a speck in it, and users move from run to run', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu&keep=no&map=canvas')
  await loadExample(page)
  await train(page, { training: { epochs: 1 } })
  await choose(page, 'Users')
  await page.getByRole('button', { name: 'Prior', exact: true }).click()
  await expect(prior(page)).toBeVisible()
  const living = { means: await told(page, 'means'), active: await told(page, 'active') }
  expect(living.means).toBeGreaterThan(0.3)
  expect(living.active).toBe(16)
  await expect(prior(page)).not.toContainText('Collapsed')
  await expect(overlay(page).locator('circle.draw')).toHaveCount(300)
  await expect(overlay(page).locator('ellipse.prior')).toHaveCount(2)

  // Posteriors of a selection, by a histogram: narrower for some than for others.
  await page.getByRole('button', { name: 'Posteriors of the selection' }).click()
  await expect(page.locator('#map')).toContainText('Select users with a loop or a histogram')
  await page.getByTestId('map-sieve').locator('summary').click()
  await page.getByRole('slider', { name: 'Deviation of the posterior, from' }).press('ArrowRight')
  await expect(overlay(page).locator('ellipse.spread').first()).toBeAttached()
  const ellipses = await overlay(page).locator('ellipse.spread').count()
  expect(ellipses).toBeGreaterThan(30)
  expect(ellipses).toBeLessThanOrEqual(60)
  await expect(page.locator('#map')).toContainText(`The posteriors of ${ellipses} of`)
  await choose(page, 'Deviation')
  await expect(page.locator('#map')).toContainText('deviation of the posterior')

  // Where they are is noted; another run of the same settings has axes of its own.
  await page.getByRole('button', { name: 'Note where all are' }).click()
  await expect(moved(page)).toContainText('Noted: Run 1, after epoch 1')
  await expect(moved(page)).toHaveAttribute('data-median', '0')
  const { violations } = await new AxeBuilder({ page }).include('#map').analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])

  // The KL weighs so much that nothing is left of the users.
  await train(page, { seed: 5, training: { epochs: 3 }, objective: { kl_weight: 20, kl_annealing_steps: 0 } })
  await expect.poll(() => told(page, 'active')).toBe(0)
  expect(await told(page, 'means')).toBeLessThan(0.1)
  expect(await told(page, 'posterior')).toBeCloseTo(1, 1)
  await expect(prior(page)).toContainText('Collapsed: all users have the prior for a posterior')
  await expect(moved(page)).toContainText('turned and mirrored to lie as close to it as it can')
  await choose(page, 'Moved')
  await expect(overlay(page).locator('line.tie').first()).toBeAttached()
  const far = Number(await moved(page).getAttribute('data-median'))
  // Nobody is where they were, and nobody is anywhere: about as far as the means of the run before were from their middle.
  expect(far / (living.means * Math.sqrt(16))).toBeGreaterThan(0.7)
  expect(far / (living.means * Math.sqrt(16))).toBeLessThan(1.3)

  // On the map: each posterior is as wide as the prior.
  await page.getByRole('button', { name: 'Take all brushes away' }).click()
  const histogram = page.getByTestId('map-sieve').locator('[data-facet=genre]').getByRole('button').first()
  await histogram.click()
  await expect(overlay(page).locator('ellipse.spread').first()).toBeAttached()
  const { prior: ring, posterior } = await drawn(page)
  expect(posterior / ring).toBeGreaterThan(0.9)
  expect(posterior / ring).toBeLessThan(1.1)
  await page.setViewportSize({ width: 360, height: 740 })
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})
