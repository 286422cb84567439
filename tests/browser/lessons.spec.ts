// Lessons: one walked through by its real actions, and a teacher's link.

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

const card = (page: Page) => page.getByTestId('lesson')
const step = (page: Page) => card(page).getAttribute('data-step')

test('a lesson goes on when what it asks for is really done', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu')
  await page.getByText('Lessons', { exact: true }).click()
  await page.getByRole('button', { name: 'Begin the lesson “Watch a VAE collapse”' }).click()
  await expect(card(page)).toContainText('Step 1 of 7')
  await expect(card(page).getByRole('heading', { name: 'Watch a VAE collapse' })).toBeFocused()
  // The form holds the lesson's configuration, and the ring is around what the step is about.
  await expect(page.getByLabel('KL weight', { exact: true })).toHaveValue('1')
  await expect(page.locator('#data')).toHaveClass(/lesson-target/)

  // It waits; and does not go on by what it did not ask for.
  await page.getByLabel('Epochs').fill('7')
  await expect(card(page)).toHaveAttribute('data-step', 'load')
  await page.getByRole('button', { name: 'Load example' }).click()
  await expect(card(page)).toHaveAttribute('data-step', 'model')
  await expect(page.locator('#data')).not.toHaveClass(/lesson-target/)
  await card(page).getByRole('button', { name: 'Next' }).click()
  await expect(card(page)).toHaveAttribute('data-step', 'start')
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(card(page)).not.toHaveAttribute('data-step', 'start')
  // From here on the training itself leads.
  await expect(card(page)).toHaveAttribute('data-step', 'information')
  const units = page.getByTestId('epochs-active').locator('.value')
  await expect(units).toHaveText(/^[01] \/ 16$/)
  await page.getByTestId('epochs-information').locator('summary').click()
  await expect(card(page)).toHaveAttribute('data-step', 'everybody')
  await expect(card(page)).toContainText('Step 7 of 7')
  // What was done before does not carry the person away who goes back.
  await card(page).getByRole('button', { name: 'Back' }).click()
  await card(page).getByRole('button', { name: 'Back' }).click()
  await expect(card(page)).toHaveAttribute('data-step', 'units')
  await expect(card(page).getByRole('button', { name: 'Next' })).toBeVisible()
  expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('step')).not.toBeNull()

  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
  await page.setViewportSize({ width: 360, height: 740 })
  await expect(card(page)).toBeInViewport()
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
  const { violations: narrow } = await new AxeBuilder({ page }).include('aside').analyze()
  expect(narrow.map(({ id }) => id)).toEqual([])

  await card(page).getByRole('button', { name: 'Leave' }).click()
  await expect(card(page)).toHaveCount(0)
  await expect(page.locator('.lesson-target')).toHaveCount(0)
  await expect.poll(() => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('lesson')).toBeNull()
})

test('a teacher’s link restores lesson, step, configuration and seed, and hides what it should', async ({ page, context }) => {
  await page.goto('./?device=cpu#v=1&seed=7')
  await expect(page.getByLabel('Seed')).toHaveValue('7')
  await page.getByLabel('Epochs').fill('3')
  await page.getByText('Lessons', { exact: true }).click()
  await page.getByText('Make a link for your class').click()
  await page.getByRole('combobox', { name: 'Lesson', exact: true }).selectOption('The long tail')
  await page.getByRole('combobox', { name: 'At step', exact: true }).selectOption({ index: 1 })
  await page.getByRole('checkbox', { name: 'Latent map', exact: true }).check()
  await page.getByRole('checkbox', { name: 'Configuration', exact: true }).check()
  const link = page.getByTestId('class-link')
  await expect(link).toHaveValue(/seed=7.*training\.epochs=3|training\.epochs=3.*seed=7/)
  const address = await link.inputValue()

  const student = await context.newPage()
  await student.goto(address)
  await expect(card(student)).toContainText('Step 2 of')
  await expect(card(student)).toHaveAttribute('data-lesson', 'tail')
  // Nobody has to find out that the data of the first step is missing.
  await expect(student.getByTestId('summary')).toContainText('Users')
  await expect(student.locator('#map')).toHaveCount(0)
  await expect(student.locator('#configuration')).toHaveCount(0)
  await expect(student.locator('#groups')).toBeVisible()
  const config = await student.evaluate(() => window.contrastvae.configure({}))
  expect([config.seed, config.training?.epochs]).toEqual([7, 3])
  await expect(student.getByTestId('message')).toHaveCount(0)
  // "Do it for me" does it with the lesson's configuration and the teacher's seed.
  await card(student).getByRole('button', { name: 'Do it for me' }).click()
  await expect(student.getByTestId('progress')).toBeVisible()
  const { seed, objective } = await student.evaluate(() => window.contrastvae.configure({}))
  expect([seed, objective?.kl_weight]).toEqual([7, 1])
  await student.getByRole('button', { name: 'Stop' }).click()
  await card(student).getByRole('button', { name: 'Skip' }).click()
  expect(await step(student)).toBe('nobody')
  await student.getByRole('button', { name: 'Show all' }).click()
  await expect(student.locator('#map')).toBeVisible()

  // What is no lesson, no step and no panel does no harm.
  await student.goto('about:blank')
  await student.goto('./?device=cpu#v=1&lesson=alchemy&step=90&hide=everything')
  await expect(student.getByLabel('Epochs')).toBeVisible()
  await expect(card(student)).toHaveCount(0)
  await expect(student.locator('#map')).toBeVisible()
})
