// The numbers that the lessons' questions ask for: each lesson is done by the page, and what it measures is held to the values that the
// teachers' sheets tell. With `RECORD` set they are written.

import { readFileSync, writeFileSync } from 'node:fs'

import { expect, type Page, test } from '@playwright/test'

import { LESSONS } from '../../www/features/lessons/all'
import type { Measure } from '../../www/features/lessons/measure'

const FILE = new URL('../../www/features/lessons/expected.json', import.meta.url)
/** Another processor may round a product and a sum otherwise, so that runs are alike to a few hundredths only. */
const TOLERANCE: Record<Measure, number> = {
  active: 2,
  information: 0.2,
  alignment: 0.1,
  ndcg: 0.04,
  popularity: 1,
  rare: 8,
  median: 0,
}

const expected = () => JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>
const card = (page: Page) => page.getByTestId('lesson')
const press = (page: Page, name: string) => card(page).getByRole('button', { name, exact: true }).click()

for (const lesson of LESSONS) {
  test(`the lesson “${lesson.id}” measures what its sheet tells`, async ({ page }) => {
    test.setTimeout(600_000)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.goto(`./?device=cpu#lesson=${lesson.id}`)
    for (const { id, ask, action } of lesson.steps) {
      await expect(card(page)).toHaveAttribute('data-step', id)
      if (ask?.kind === 'number') {
        await card(page).getByLabel('Your answer').fill(String(ask.least))
        await press(page, 'Answer')
      } else if (ask) {
        await card(page).locator('.choices button').first().click()
      }
      if (action && (await card(page).getAttribute('data-phase')) === 'do') await press(page, 'Do it for me')
      await expect(card(page), id).toHaveAttribute('data-phase', 'done', { timeout: 200_000 })
      if (ask?.kind === 'number') {
        const came = card(page).locator('.came b')
        await expect(came).toContainText('Measured')
        const value = Number(
          /[\d.]+(?= of 100)|[\d.]+(?= active| nats| items)|(?<=NDCG@20 )[\d.]+/.exec((await came.textContent()) ?? '')?.[0],
        )
        const key = `${lesson.id}.${id}`
        console.log(`${key}: ${value}`)
        expect(value).not.toBeNaN()
        if (process.env.RECORD) writeFileSync(FILE, JSON.stringify({ ...expected(), [key]: value }, null, 2) + '\n')
        expect(Math.abs((expected()[key] ?? NaN) - value), key).toBeLessThanOrEqual(TOLERANCE[ask.measure])
      }
      await press(page, id === lesson.steps.at(-1)?.id ? 'Finish' : 'Next')
    }
    await expect(card(page)).toHaveCount(0)
  })
}
