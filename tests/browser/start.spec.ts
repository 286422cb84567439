// The first screen: how much there is to read, the replay beside it, and its three ways to begin.

import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'

import { at, DOUBTFUL, loadExample, startTraining, wordsSeen } from './page'

const LAST = 'Epoch 20 of 20'

test('says it in 150 words without scrolling, beside a run that replays and can be paused', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto('./?device=cpu')
  const hero = page.locator('#hero')
  for (const name of ['Watch it learn', 'Open your log', 'Teach with it']) {
    await expect(hero.getByRole('button', { name })).toBeInViewport({ ratio: 1 })
  }
  const replay = page.getByTestId('replay')
  await expect(replay).toBeInViewport({ ratio: 1 })
  const words = await wordsSeen(page, true)
  console.log(`${words} words on the first screen`)
  expect(words).toBeLessThanOrEqual(150)

  // It goes on by itself, and rests when told to, by keyboard too.
  const epoch = replay.getByRole('slider', { name: 'Epoch' })
  const before = await epoch.inputValue()
  await expect.poll(() => epoch.inputValue()).not.toBe(before)
  await replay.getByRole('button', { name: 'Pause replay' }).focus()
  await page.keyboard.press('Enter')
  const rests = await epoch.inputValue()
  await page.waitForTimeout(1500)
  expect(await epoch.inputValue()).toBe(rests)
  // The numbers are those of the epoch.
  await epoch.fill('1')
  const untrained = Number(await page.getByTestId('replay-ndcg').textContent())
  await epoch.fill('20')
  await expect(replay).toContainText(LAST)
  expect(Number(await page.getByTestId('replay-ndcg').textContent())).toBeGreaterThan(untrained + 0.1)

  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
})

test('the replay leaves the machine to a run that trains, and goes on after it', async ({ page }) => {
  await page.goto('./?device=cpu')
  const epoch = page.getByTestId('replay').getByRole('slider', { name: 'Epoch' })
  const moves = async () => {
    const before = await epoch.inputValue()
    await page.waitForTimeout(1500)
    return (await epoch.inputValue()) !== before
  }
  await expect.poll(moves).toBe(true)
  await loadExample(page)
  await at(page, 'start')
  await startTraining(page, { training: { epochs: 500 } })
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'running')
  await at(page, 'start')
  expect(await moves()).toBe(false)
  await page.evaluate(() => window.contrastvae.pause())
  await expect.poll(moves).toBe(true)
})

test('shows the end of the run where motion is not wanted, and fits a phone', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.setViewportSize({ width: 360, height: 740 })
  await page.goto('./?device=cpu')
  await expect(page.getByTestId('replay')).toContainText(LAST)
  await page.waitForTimeout(1000)
  await expect(page.getByTestId('replay')).toContainText(LAST)
  await expect(page.getByTestId('replay').getByRole('button', { name: 'Play' })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})

test('one click loads and trains the example; a file opens; a teacher finds the lessons', async ({ page }) => {
  await page.goto('./?device=cpu')
  await page.locator('#hero').getByRole('button', { name: 'Teach with it' }).click()
  await expect(page.locator('#lessons-heading')).toBeFocused()
  // A card says how long it takes, what it asks and what one sees.
  const card = page.locator('[data-lesson-card=collapse]')
  await expect(card).toBeInViewport({ ratio: 1 })
  await expect(card).toContainText(/2 min · 6 steps.*does the loss tell\?.*You see: active units/s)
  await expect(card.getByRole('button', { name: 'Begin the lesson “Watch a VAE collapse”' })).toBeVisible()
  await page.locator('#hero').getByRole('button', { name: 'Watch it learn' }).click()
  await expect(page.getByTestId('progress')).toBeVisible()
  await expect(page.locator('#map')).toBeInViewport()
  await page.evaluate(() => window.contrastvae.stop())

  await at(page, 'start')
  await page.locator('#hero').getByLabel('Log file').setInputFiles({ name: 'buyers.csv', mimeType: 'text/csv', buffer: DOUBTFUL })
  // The run that was begun is not dropped without leave.
  await page.getByTestId('question').locator('button.primary').click()
  await expect(page.locator('#data')).toBeInViewport()
  await expect.poll(async () => (await page.evaluate(() => window.contrastvae.state())).summary?.name).toBe('buyers.csv')
})
