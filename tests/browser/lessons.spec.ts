// Lessons: one walked through by its real actions, one done by the page to its end, a teacher's sheet, and a teacher's link.

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, openMenu, stop } from './page'

const card = (page: Page) => page.getByTestId('lesson')
const press = (page: Page, name: string) => card(page).getByRole('button', { name, exact: true }).click()

async function begin(page: Page, title: string): Promise<void> {
  await at(page, 'start')
  await page.getByRole('button', { name: `Begin the lesson “${title}”` }).click()
}

test('a lesson asks, waits for what is really done, and goes on when asked to', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu')
  await begin(page, 'Watch a VAE collapse')
  await expect(card(page)).toContainText('Step 1 of 6')
  await expect(card(page).getByRole('heading', { name: 'Watch a VAE collapse' })).toBeFocused()
  // The form holds the lesson's configuration, and the ring is around what the step is about.
  await expect(page.getByLabel('KL weight', { exact: true })).toHaveValue('1')
  await expect(page.locator('#data')).toHaveClass(/lesson-target/)

  // It waits; and is not done by what it did not ask for.
  await at(page, 'train')
  await page.getByLabel('Epochs').fill('7')
  await expect(card(page)).toHaveAttribute('data-phase', 'do')
  await at(page, 'data')
  await page.getByRole('button', { name: 'Load example' }).click()
  // What is done has a check mark, and stays until somebody goes on.
  await expect(card(page)).toHaveAttribute('data-phase', 'done')
  await expect(card(page)).toContainText('✓')
  await page.waitForTimeout(1500)
  await expect(card(page)).toHaveAttribute('data-step', 'load')
  await press(page, 'Next')
  await expect(page.locator('#data')).not.toHaveClass(/lesson-target/)
  await press(page, 'Next')

  // The question comes before the experiment, and the result is not told before it.
  await expect(card(page)).toHaveAttribute('data-phase', 'ask')
  await expect(card(page)).not.toContainText('went out')
  await card(page).getByLabel('Your answer').fill('12')
  await press(page, 'Answer')
  await expect(card(page)).toHaveAttribute('data-phase', 'do')
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(card(page)).toHaveAttribute('data-phase', 'done')
  const units = page.getByTestId('epochs-active')
  await expect(units.locator('.value')).toHaveText(/^[01] \/ 16$/)
  await expect(card(page)).toContainText('went out')
  // Guess and result stand in the card and beside the curve.
  for (const place of [card(page), units.getByTestId('guess')]) {
    await expect(place).toContainText('You said: 12 active units')
    await expect(place).toContainText(/Measured: [01] active units/)
  }
  await press(page, 'Next')
  await press(page, 'It rose')
  await expect(card(page)).toContainText('Answer: It fell')
  await press(page, 'Next')
  await page.getByTestId('epochs-information').getByText('Definition of').click()
  await expect(card(page)).toHaveAttribute('data-phase', 'done')
  await press(page, 'Next')
  await expect(card(page)).toContainText('Step 6 of 6')
  await press(page, 'Popular books')
  await expect(card(page).getByRole('button', { name: 'Finish' })).toBeVisible()
  // Whoever goes back finds what was said and done.
  await press(page, 'Back')
  await press(page, 'Back')
  await press(page, 'Back')
  await expect(card(page)).toContainText('You said: 12 active units')
  expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('step')).not.toBeNull()
  // The run has the name of what it tried.
  await expect(page.getByTestId('runs').getByLabel('Name of the run')).toHaveValue('KL weight 1')

  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
  await page.setViewportSize({ width: 360, height: 740 })
  await expect(card(page)).toBeInViewport()
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
  const { violations: narrow } = await new AxeBuilder({ page }).include('aside').analyze()
  expect(narrow.map(({ id }) => id)).toEqual([])

  await press(page, 'Leave')
  await expect(card(page)).toHaveCount(0)
  await expect(page.locator('.lesson-target')).toHaveCount(0)
  await expect.poll(() => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('lesson')).toBeNull()
})

test('“The long tail” and “What is a recommender” are done by the page to their ends', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu')
  // A run of another time is none of the lesson's.
  await page.evaluate(async () => {
    await window.contrastvae.load({})
    await window.contrastvae.configure({ model: { hidden_size: 16, max_length: 12 }, training: { epochs: 1 } })
    await window.contrastvae.start()
  })
  await expect(page.getByTestId('runs').getByLabel('Name of the run')).toHaveCount(1)
  for (const [title, runs] of [
    ['The long tail', ['KL weight 1', 'KL weight 0.01', 'Contrast, KL weight 0.01']],
    ['What is a recommender, and is it any good?', ['ContrastVAE']],
  ] as const) {
    await begin(page, title)
    for (;;) {
      const phase = await card(page).getAttribute('data-phase')
      if (phase === 'ask') await press(page, 'Skip the question')
      else if (phase === 'do') {
        await press(page, 'Do it for me')
        await expect(card(page)).toHaveAttribute('data-phase', 'done', { timeout: 90_000 })
      } else if (await card(page).getByRole('button', { name: 'Finish' }).isVisible()) break
      else await press(page, 'Next')
    }
    const names = page.getByTestId('runs').getByLabel('Name of the run')
    await expect(names).toHaveCount(runs.length)
    expect(await names.evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value))).toEqual(runs)
    await press(page, 'Finish')
    await expect(card(page)).toHaveCount(0)
  }
  await expect(page.getByTestId('runs').getByLabel('Name of the run')).toHaveCount(5)
})

test('a lesson that begins while the module is still on its way has its configuration when that is there', async ({ page, context }) => {
  let arrive = () => {}
  const arrived = new Promise<void>((resolve) => (arrive = resolve))
  await context.route(/contrastvae_bg.*\.wasm/, async (route) => {
    await arrived
    await route.continue()
  })
  await page.goto('./?device=cpu')
  await begin(page, 'Watch a VAE collapse')
  await expect(card(page)).toContainText('Step 1 of 6')
  arrive()
  await expect(page.getByLabel('KL weight', { exact: true })).toHaveValue('1')
})

test('a teacher’s sheet tells what to expect, and prints by itself', async ({ page }) => {
  await page.goto('./?device=cpu')
  await page.getByRole('button', { name: 'Teacher’s sheet of “Cure it: KL weight, free bits, contrast”' }).click()
  const sheet = page.getByTestId('sheet')
  await expect(sheet.locator('[data-expected="lighter"]')).toHaveText('16 active units')
  await expect(sheet.locator('[data-expected="at_once"]')).toHaveText(/^[01] active units$/)
  await page.emulateMedia({ media: 'print' })
  await expect(page.locator('#app')).toBeHidden()
  await expect(sheet.getByRole('button', { name: 'Print' })).toBeHidden()
  await expect(sheet.getByRole('heading')).toBeVisible()
  await page.emulateMedia({ media: 'screen' })
  await sheet.getByRole('button', { name: 'Close' }).click()
  await expect(sheet).toHaveCount(0)
})

test('a teacher’s link restores lesson, step, configuration, seed, language and slow motion, and hides what it should', async ({
  page,
  context,
}) => {
  await page.goto('./?device=cpu#v=1&seed=7')
  await expect(page.getByLabel('Seed')).toHaveValue('7')
  await at(page, 'train')
  await page.getByLabel('Epochs').fill('3')
  await at(page, 'start')
  await page.getByText('Make a link for your class').click()
  await page.getByRole('combobox', { name: 'Lesson', exact: true }).selectOption('The long tail')
  await page.getByRole('combobox', { name: 'At step', exact: true }).selectOption({ index: 1 })
  await page.getByRole('checkbox', { name: 'Latent map', exact: true }).check()
  await page.getByRole('checkbox', { name: 'Data', exact: true }).check()
  const form = page.locator('.fields')
  await form.getByLabel('Language').selectOption('繁體中文')
  await form.getByLabel('Slow motion').selectOption({ index: 1 })
  const link = page.getByTestId('class-link')
  await expect(link).toHaveValue(/seed=7.*training\.epochs=3|training\.epochs=3.*seed=7/)
  const chinese = await link.inputValue()
  await form.getByLabel('Language').selectOption('English')
  const address = await link.inputValue()
  // The stage of what the step points at.
  expect(new URL(address).searchParams.get('stage')).toBe('look')

  const student = await context.newPage()
  await student.goto(chinese)
  await expect(card(student)).toContainText('第 2 步')
  await student.goto('about:blank')
  await student.goto(address)
  await expect(card(student)).toContainText('Step 2 of')
  await expect(card(student)).toHaveAttribute('data-lesson', 'tail')
  // Nobody can load anything here, so it is done, and said.
  await expect(student.getByTestId('message')).toContainText('hides “Data”')
  await expect.poll(async () => (await student.evaluate(() => window.contrastvae.state())).summary?.items).toBe(300)
  for (const hidden of ['#map', '#data']) await expect(student.locator(hidden)).toHaveCount(0)
  await expect(student.locator('#groups')).toBeVisible()
  await openMenu(student)
  const config = await student.evaluate(() => window.contrastvae.configure({}))
  expect([config.seed, config.training?.epochs]).toEqual([7, 3])
  await expect(student.locator('#training').getByLabel('Slow motion')).toHaveValue('100')
  // "Do it for me" does it with the lesson's configuration and the teacher's seed.
  await press(student, 'Skip the question')
  await press(student, 'Do it for me')
  await expect(student.getByTestId('progress')).toBeVisible()
  const { seed, objective } = await student.evaluate(() => window.contrastvae.configure({}))
  expect([seed, objective?.kl_weight]).toEqual([7, 1])
  await stop(student)
  await press(student, 'Skip')
  await expect(card(student)).toHaveAttribute('data-step', 'counted')
  await at(student, 'start')
  await student.getByRole('button', { name: 'Show all' }).click()
  await at(student, 'train')
  await expect(student.locator('#map')).toBeVisible()

  // What is no lesson, no step and no panel does no harm.
  await student.goto('about:blank')
  await student.goto('./?device=cpu#v=1&lesson=alchemy&step=90&hide=everything&rest=soon')
  await at(student, 'train')
  await expect(student.getByLabel('Epochs')).toBeVisible()
  await expect(card(student)).toHaveCount(0)
  await expect(student.locator('#map')).toBeVisible()
})
