// Critiques: sliders move the latent along the directions that are tied to attributes, and the list follows.

import { expect, test } from '@playwright/test'

import type { Config } from '../../pkg/src/protocol'
import { at, loadExample, SMALL, startTraining } from './page'

const TIED = {
  model: SMALL.model,
  view: { mode: 'avae' },
  objective: { attributes: 'labels', attribute_count: 3, kl_schedule: 'constant', kl_weight: 0.02 },
  training: { epochs: 4 },
} satisfies Config

test('more of a genre brings more of it, by the keyboard alone', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, TIED)
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
  await expect(page.getByTestId('posterior-gap')).toBeVisible()
  await at(page, 'use')
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  const list = page.getByTestId('recommendations')
  await expect(list.getByRole('listitem')).toHaveCount(10)
  const sliders = page.getByTestId('critique').getByRole('slider')
  await expect(sliders).toHaveCount(3)
  await expect(sliders.first()).toHaveAccessibleName('Popularity')
  const slider = sliders.nth(1)
  const genre = (await page.getByTestId('critique').locator('label').nth(1).textContent()) ?? ''
  const ofGenre = () => list.getByRole('listitem').filter({ hasText: genre }).count()
  const change = page.getByTestId('sequence-change')

  await slider.focus()
  await page.keyboard.press('Home')
  await expect(slider).toHaveAttribute('aria-valuetext', '−4 logits')
  await expect(change).toContainText('What the critique did')
  await expect(change).toContainText('The latent moved by 4')
  await expect(list).not.toContainText(genre)
  await page.keyboard.press('End')
  await expect(slider).toHaveAttribute('aria-valuetext', '+4 logits')
  await expect.poll(ofGenre).toBeGreaterThan(4)
  await expect(change).toContainText('The latent moved by 4')

  await page.getByRole('button', { name: 'Undo all' }).click()
  await expect(change).toHaveCount(0)
  await expect(slider).toHaveAttribute('aria-valuetext', 'as it is')
})

test('a run that ties nothing has no sliders', async ({ page }) => {
  await page.goto('./?device=cpu&lang=zh-Hant')
  await page.evaluate(() => window.contrastvae.load('example'))
  await page.evaluate((config) => window.contrastvae.configure(config), { ...SMALL, training: { epochs: 1 } })
  await page.evaluate(() => window.contrastvae.start())
  await expect(page.getByTestId('state')).toHaveText('已完成')
  await at(page, 'use')
  await page.getByRole('button', { name: '使用三個熱門標題' }).click()
  await expect(page.getByTestId('recommendations').getByRole('listitem')).toHaveCount(10)
  await expect(page.getByTestId('critique')).toHaveCount(0)
})
