// Start, pause, resume, step, stop: by the buttons and by the interface for scripts.

import { expect, test } from '@playwright/test'

import { at, loadExample, openMenu, SMALL, startTraining, state, stop } from './page'

test('the buttons hold a run, go on, take single steps and end it', async ({ page }) => {
  await page.goto('./')
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  // One button is what comes next: it starts, pauses and resumes.
  await openMenu(page)
  for (const name of ['Start training', 'Step', 'Stop']) await expect(button(name)).toBeDisabled()
  for (const name of ['Pause', 'Resume']) await expect(button(name)).toHaveCount(0)

  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 200 } })
  await expect(button('Start training')).toHaveCount(0)
  await button('Pause').click()
  await expect(page.getByTestId('state')).toHaveText('Paused')
  const held = (await state(page)).step
  await page.waitForTimeout(700)
  expect((await state(page)).step).toBe(held)

  await button('Step').click()
  await expect.poll(async () => (await state(page)).step).toBe(held + 1)
  await expect(page.getByTestId('state')).toHaveText('Paused')

  await button('Resume').click()
  await expect.poll(async () => (await state(page)).step).toBeGreaterThan(held + 3)
  await stop(page)
  await expect(page.getByTestId('state')).toHaveText('Finished')
  // The model stays.
  await at(page, 'use')
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  await expect(page.getByTestId('recommendations').getByRole('listitem')).toHaveCount(10)
  // And a new run begins at the beginning.
  // Looked at in each frame, since a run may be many steps on by the time that a test looks again.
  const firstStep = page.evaluate(async () => {
    for (;;) {
      const { state, step } = await window.contrastvae.state()
      if (state === 'running') return step
      await new Promise(requestAnimationFrame)
    }
  })
  await button('Start training').click()
  expect(await firstStep).toBeLessThan(held + 3)
})

test('scripts can do the same', async ({ page }) => {
  await page.goto('./')
  const told = await page.evaluate(async (config) => {
    const lab = window.contrastvae
    const summary = await lab.load('example')
    const taken = await lab.configure(config)
    await lab.step(3)
    const stepped = await lab.state()
    await lab.resume()
    await lab.pause()
    const paused = await lab.state()
    await lab.stop()
    const ended = await lab.state()
    // Once more is no fault: a run may also end by itself just before.
    await lab.stop()
    await lab.pause()
    const best = await lab.recommend([0, 1, 2], 5)
    const latents = await lab.latents('items')
    const refused = await lab.resume().catch((error: Error) => error.message)
    return { summary, taken, stepped, paused, ended, best, points: latents.points.length, refused, losses: (await lab.metrics()).losses }
  }, SMALL)
  expect(told.taken.model?.hidden_size).toBe(SMALL.model.hidden_size)
  expect(told.stepped).toMatchObject({ state: 'paused', step: 3 })
  expect(told.paused.state).toBe('paused')
  expect(told.ended.state).toBe('finished')
  expect(told.best).toHaveLength(5)
  expect(told.best[0]?.title).toBeTruthy()
  expect(told.points).toBe(told.summary.items * 2)
  expect(told.refused).toMatch(/^There is no paused run to resume.*\.$/)
  expect(told.losses?.step.length).toBeGreaterThan(0)
})

test('a value out of range is refused with a sentence beside the form', async ({ page }) => {
  await page.goto('./')
  await loadExample(page)
  await at(page, 'train')
  await page.getByLabel('Epochs').fill('0')
  await expect(page.getByTestId('config-problem')).toHaveText(/“Epochs” is 0; it must be .*\./)
  await page.getByLabel('Epochs').fill('2')
  await expect(page.getByTestId('config-problem')).toBeEmpty()
})

test('presets, what a run will take, new changes and slow motion', async ({ page }) => {
  await page.goto('./?device=cpu&stage=train')
  const estimate = page.getByTestId('estimate')
  await expect(estimate).toContainText('Load data to see')
  const preset = page.getByLabel('Preset')
  await expect(preset).toHaveValue('default')
  await expect(page.locator('#preset-about')).toContainText('a small ContrastVAE')
  await preset.selectOption('avae')
  await expect(page.locator('#preset-about')).toContainText('one view')
  await expect.poll(() => new URL(page.url()).hash).toBe('#v=2&preset=avae')
  await page.getByText('Advanced', { exact: true }).click()
  await expect(page.getByLabel('Second view')).toHaveValue('avae')
  await page.getByLabel('Hidden size').fill('16')
  await expect.poll(() => new URL(page.url()).hash).toBe('#v=2&preset=avae&model.hidden_size=16')
  await page.reload()
  await expect(preset).toHaveValue('avae')
  await expect(page.getByLabel('Hidden size')).toHaveValue('16')
  await page.getByRole('button', { name: 'Back to defaults' }).click()
  await expect(page.getByLabel('Hidden size')).toHaveValue('32')

  // Parameters, memory and time stand there before anything was trained.
  await preset.selectOption('default')
  await page.evaluate(() => window.contrastvae.load({ users: 300, items: 60 }))
  await page.evaluate(() => window.contrastvae.configure({ model: { hidden_size: 16, max_length: 12 }, training: { epochs: 3 } }))
  await expect(estimate).toContainText(/about \d.* of memory.*about \d+ (s|min).*10 steps an epoch/s)
  await expect(estimate).toContainText('timed steps')
  const told = Number(/([\d,]+) parameters/.exec((await estimate.textContent()) ?? '')?.[1]?.replaceAll(',', ''))
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(page.getByTestId('state')).toHaveText('Finished', { timeout: 60_000 })
  const [first] = await page.evaluate(() => window.contrastvae.runs())
  expect(first?.run.parameters).toBe(told)
  await expect(estimate).toContainText('the latest run on this machine')

  // The time of a longer run, foretold from that one; generous, since other programs share the machine.
  await page.evaluate(() => window.contrastvae.configure({ training: { epochs: 12 } }))
  await expect(page.getByTestId('new-changes')).toBeVisible()
  const seconds = Number(/about (\d+) s/.exec((await estimate.textContent()) ?? '')?.[1])
  const began = Date.now()
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(page.getByTestId('new-changes')).toBeHidden()
  await expect.poll(async () => (await state(page)).state, { timeout: 60_000 }).toBe('running')
  await expect(page.getByTestId('state')).toHaveText('Finished', { timeout: 60_000 })
  const took = (Date.now() - began) / 1000
  expect(seconds).toBeGreaterThan(took / 6)
  expect(seconds).toBeLessThan(took * 6 + 1)

  // Slow motion holds at once, and so does leaving it.
  await page.evaluate(() => window.contrastvae.configure({ training: { epochs: 500 } }))
  await openMenu(page)
  await page.getByLabel('Slow motion').selectOption('3000')
  await page.getByRole('button', { name: 'Start training' }).click()
  // Each step is told at once, the first one too.
  await expect(page.getByTestId('loss-step')).toHaveText('Step 1', { timeout: 2500 })
  await expect.poll(async () => (await state(page)).step).toBeLessThan(4)
  const { step } = await state(page)
  await page.waitForTimeout(1000)
  expect((await state(page)).step).toBeLessThanOrEqual(step + 1)
  await openMenu(page)
  await page.getByLabel('Slow motion').selectOption('0')
  await expect.poll(async () => (await state(page)).step).toBeGreaterThan(10)
  // A change in the middle of a run is for the next one.
  await page.getByLabel('Seed').fill('5')
  await expect(page.getByTestId('new-changes')).toHaveText('New changes')
  await stop(page)
})
