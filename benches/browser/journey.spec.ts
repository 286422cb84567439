// The ways of a visitor with a clock: a cold open to a first recommendation, and what each screen asks of the eye.
//
// In: nothing. Out: BENCH_OUT: seconds and clicks; for each stage the words on it and its height; and the share of the screen that the bars
// take on a desk, a projector and a phone.

import { writeFileSync } from 'node:fs'

import { expect, type Page, test } from '@playwright/test'

import { STAGES } from '../../www/shell/stages'

const SCREENS = { desk: [1440, 900], projector: [1024, 768], phone: [390, 844] } as const

/** Words that a person sees on the stage that is shown; a Chinese letter is one. */
const words = (page: Page) =>
  page.evaluate(() => (document.body.innerText.match(/\p{Script=Han}|[\p{L}\p{N}][\p{L}\p{N}'’.-]*/gu) ?? []).length)

const bars = (page: Page) =>
  page.evaluate(() => {
    const kept = [...document.querySelectorAll('header, nav, #training')].filter((one) =>
      ['sticky', 'fixed'].includes(getComputedStyle(one).position),
    )
    return Number((kept.reduce((sum, bar) => sum + bar.getBoundingClientRect().height, 0) / innerHeight).toFixed(3))
  })

test('journeys', async ({ page, browser }) => {
  let clicks = 0
  const click = async (name: string) => {
    await page.getByRole('button', { name, exact: true }).click()
    clicks += 1
  }
  const to = async (stage: string) => {
    await page.locator(`nav [data-to=${stage}]`).click()
    clicks += 1
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  const began = Date.now()
  const seconds = () => Number(((Date.now() - began) / 1000).toFixed(1))
  await page.goto('./?device=cpu')
  await expect(page.getByTestId('device').locator('strong')).toBeVisible()
  const opened = seconds()
  const stages: Record<string, { words: number; height: number }> = {}
  for (const stage of STAGES) {
    await page.locator(`nav [data-to=${stage}]`).click()
    stages[stage] = { words: await words(page), height: await page.evaluate(() => document.documentElement.scrollHeight) }
  }
  await to('data')
  await click('Load example')
  await expect(page.getByTestId('summary')).toBeVisible()
  await click('Start training')
  await expect(page.getByTestId('loss-step')).toBeVisible()
  const learning = seconds()
  await to('use')
  await click('Use three popular titles')
  await expect(page.getByTestId('recommendations').getByRole('listitem')).toHaveCount(10)
  const recommended = seconds()
  const recommendedClicks = clicks
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'finished', { timeout: 600_000 })
  const share: Record<string, number> = {}
  for (const [name, [width, height]] of Object.entries(SCREENS)) {
    await page.setViewportSize({ width, height })
    share[name] = await bars(page)
  }
  const result = {
    browser: browser.version(),
    opened,
    learning,
    first_recommendation: { seconds: recommended, clicks: recommendedClicks },
    trained: seconds(),
    bars_share: share,
    stages,
  }
  console.log(JSON.stringify(result, null, 2))
  if (process.env.BENCH_OUT) writeFileSync(process.env.BENCH_OUT, `${JSON.stringify(result, null, 2)}\n`)
})
