// Start, pause, resume, step, stop: by the buttons and by the interface for scripts.

import { expect, test } from '@playwright/test'

import { loadExample, SMALL, startTraining, state } from './page'

test('the buttons hold a run, go on, take single steps and end it', async ({ page }) => {
  await page.goto('./')
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  for (const name of ['Start training', 'Pause', 'Resume', 'Step', 'Stop']) await expect(button(name)).toBeDisabled()

  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 200 } })
  await expect(button('Start training')).toBeDisabled()
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
  await button('Stop').click()
  await expect(page.getByTestId('state')).toHaveText('Finished')
  // The model stays.
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
    const best = await lab.recommend([0, 1, 2], 5)
    const latents = await lab.latents('items')
    const refused = await lab.pause().catch((error: Error) => error.message)
    return { summary, taken, stepped, paused, ended, best, points: latents.points.length, refused, losses: (await lab.metrics()).losses }
  }, SMALL)
  expect(told.taken.model?.hidden_size).toBe(SMALL.model.hidden_size)
  expect(told.stepped).toMatchObject({ state: 'paused', step: 3 })
  expect(told.paused.state).toBe('paused')
  expect(told.ended.state).toBe('finished')
  expect(told.best).toHaveLength(5)
  expect(told.best[0]?.title).toBeTruthy()
  expect(told.points).toBe(told.summary.items * 2)
  expect(told.refused).toMatch(/^There is no run to pause.*\.$/)
  expect(told.losses?.step.length).toBeGreaterThan(0)
})

test('a value out of range is refused with a sentence beside the form', async ({ page }) => {
  await page.goto('./')
  await loadExample(page)
  await page.getByLabel('Epochs').fill('0')
  await expect(page.getByTestId('config-problem')).toHaveText(/training\.epochs is 0; it must be .*\./)
  await page.getByLabel('Epochs').fill('2')
  await expect(page.getByTestId('config-problem')).toBeEmpty()
})
