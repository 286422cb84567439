// The model as a picture: what its parts say, in both languages, by mouse and keyboard, and that it is lit by a run.

import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'

import { at, loadExample, SMALL, wordsSeen } from './page'

test('the picture explains each part, is legible on a projector, and is lit by the run', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 768 })
  await page.goto('./?device=cpu&stage=about')
  const picture = page.getByTestId('model-picture')
  const part = page.getByTestId('part')
  await expect(page.getByTestId('device')).toContainText('CPU')

  // Letters have at least 14 pixels, and none leaves its box.
  const sizes = await picture.locator('svg text').evaluateAll((texts) =>
    texts.map((text) => {
      const [own, box] = [text.getBoundingClientRect(), text.parentElement?.querySelector('rect')?.getBoundingClientRect()]
      return { height: own.height, inside: box !== undefined && own.left >= box.left && own.right <= box.right }
    }),
  )
  expect(sizes.length).toBeGreaterThan(20)
  for (const { height, inside } of sizes) {
    expect(height).toBeGreaterThanOrEqual(14)
    expect(inside).toBe(true)
  }

  // Nothing is told before it is asked for, and the stage has few words.
  await expect(part).toHaveCount(0)
  expect(await wordsSeen(page)).toBeLessThanOrEqual(210)
  await picture.locator('[data-part="kl-both"]').click()
  await expect(part).toContainText('Nats by which the posterior departs from the prior')
  await expect(part).toContainText('Kingma & Welling 2014')
  await picture.locator('[data-part="sampling-0"]').focus()
  await page.keyboard.press('Enter')
  await expect(part).toContainText('One draw from the posterior')
  // From a part to its setting.
  await picture.locator('[data-part="contrast-both"]').click()
  await part.getByRole('button', { name: 'Contrast weight' }).click()
  await expect(page.getByLabel('Contrast weight', { exact: true })).toBeFocused()

  await page.evaluate((config) => window.contrastvae.configure(config), { ...SMALL, view: { mode: 'avae' } } as object)
  await loadExample(page)
  await at(page, 'about')
  // With one view there is nothing to contrast.
  await expect(picture.locator('[data-part="contrast-both"]')).toHaveClass(/off/)
  await page.evaluate((config) => window.contrastvae.configure(config), { view: { mode: 'model' } } as object)
  await expect(picture.locator('[data-part="contrast-both"]')).not.toHaveClass(/off/)
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(picture).toHaveClass(/running/)
  await expect(picture.locator('[data-part="reconstruction-both"] .sign')).toHaveText(/^\d/)
  // Picture and curves say the same.
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await expect(page.getByTestId('state')).toHaveText('Paused')
  const shown = await picture.locator('[data-part="contrast-both"] .sign').textContent()
  await expect(page.getByTestId('loss-shares').locator('.key')).toContainText(`Contrast, weighted ${shown}`)
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  const light = (term: string) =>
    picture.locator(`[data-part="${term}-both"] .light`).evaluate((rect) => Number(getComputedStyle(rect).opacity))
  expect(await light('reconstruction')).toBeGreaterThan(await light('contrast'))

  const { violations } = await new AxeBuilder({ page }).include('#about').analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
})

test('the picture speaks Chinese, and stands upright on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('./?device=cpu&stage=about&lang=zh-Hant')
  const picture = page.getByTestId('model-picture')
  await expect(picture.getByRole('button', { name: '對比' }).first()).toBeVisible()
  await picture.locator('[data-part="posterior-0"]').click()
  await expect(page.getByTestId('part')).toContainText('後驗塌縮')
  const box = await picture.locator('svg').boundingBox()
  expect(box && box.height > box.width).toBe(true)
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})
