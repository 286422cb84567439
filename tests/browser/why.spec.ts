// Why an item is recommended: each bar is the difference that leaving an item of the history out makes.

import { expect, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining } from './page'

test('the reasons are what the model says without each item of the history', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'use')
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  const list = page.getByTestId('recommendations')
  await expect(list.getByRole('listitem')).toHaveCount(10)
  const button = list.getByRole('button', { name: /^Why / }).first()
  await button.focus()
  await page.keyboard.press('Enter')
  const why = page.getByTestId('why')
  await expect(why.getByRole('listitem')).toHaveCount(3)
  await expect(button).toHaveAttribute('aria-expanded', 'true')

  const history = await page
    .getByTestId('history')
    .getByRole('listitem')
    .evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-item'))))
  expect(history).toHaveLength(3)
  const adds = await page.evaluate(async (history) => {
    const best = (await window.contrastvae.recommend(history, 1))[0]
    if (!best) throw new Error('nothing is recommended')
    const all: number[] = []
    for (const left of history) {
      const without = await window.contrastvae.recommend(
        history.filter((item) => item !== left),
        10_000,
      )
      all.push(best.score - (without.find(({ item }) => item === best.item)?.score ?? NaN))
    }
    return all.sort((a, b) => Math.abs(b) - Math.abs(a))
  }, history)
  const shown = await why.getByRole('listitem').evaluateAll((all) => all.map((one) => one.textContent ?? ''))
  for (const [row, value] of adds.entries()) expect(shown[row]).toContain(Math.abs(value).toFixed(2))

  // Another history has other reasons.
  await list.getByRole('button', { name: /^Add / }).first().click()
  await expect(why).toHaveCount(0)
})

test('a single item is told to have nothing beside it', async ({ page }) => {
  await page.goto('./?device=cpu&lang=zh-Hant')
  await page.evaluate(() => window.contrastvae.load('example'))
  await page.evaluate((config) => window.contrastvae.configure(config), { ...SMALL, training: { epochs: 1 } })
  await page.evaluate(() => window.contrastvae.start())
  await expect(page.getByTestId('state')).toHaveText('已完成')
  await at(page, 'use')
  await page.getByRole('button', { name: '使用三個熱門標題' }).click()
  for (let left = 3; left > 1; left--) await page.locator('#sequence').getByRole('button', { name: /^移除/ }).first().click()
  await page
    .getByTestId('recommendations')
    .getByRole('button', { name: /^為什麼/ })
    .first()
    .click()
  await expect(page.getByTestId('why')).toContainText('歷史只有一個項目')
})

test('the users nearby are those of the nearest latents, and attention is dealt out among the history', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'use')
  await page.getByRole('combobox', { name: 'Take the history of a user' }).fill('Reader 1')
  await page.locator('#sequence').getByRole('option').nth(2).click()
  const list = page.getByTestId('recommendations')
  await list.getByRole('button', { name: /^Why / }).first().click()
  const why = page.getByTestId('why')
  // By keyboard.
  await why.getByRole('radio', { name: 'Without each item' }).focus()
  await page.keyboard.press('ArrowRight')
  const near = page.getByTestId('nearest-users').getByRole('listitem')
  await expect(near).toHaveCount(8)
  const distances = (await near.locator('.small').allTextContents()).map(Number)
  expect(distances).toEqual([...distances].sort((a, b) => a - b))
  await expect(near.first()).toContainText('next')
  await page.keyboard.press('ArrowRight')
  const weights = page.getByTestId('attention').getByRole('listitem')
  await expect(weights).toHaveCount(await page.getByTestId('history').getByRole('listitem').count())
  const percents = (await weights.allTextContents()).map((line) => parseFloat(/([\d.]+)\s?%/.exec(line)?.[1] ?? '0'))
  expect(Math.abs(percents.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThan(percents.length)
  await expect(why).toContainText('not what changes the score')
})
