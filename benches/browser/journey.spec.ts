// The ways of a visitor with a clock, each from a cold open: to a first recommendation on the example, to one on an own log, and to a collapse
// and its cure in a lesson; and what each screen asks of the eye.
//
// In: nothing. Out: BENCH_OUT: seconds and clicks; for each stage the words on it, those of them in the window, and its height; and the share of
// the screen that the bars take on a desk, a projector and a phone.

import { writeFileSync } from 'node:fs'

import { type Browser, expect, type Locator, type Page, test } from '@playwright/test'

import { lines, ROWS, wordsSeen } from '../../tests/browser/page'
import { STAGES } from '../../www/shell/stages'

const SCREENS = { desk: [1440, 900], projector: [1024, 768], phone: [390, 844] } as const

const bars = (page: Page) =>
  page.evaluate(() => {
    const kept = [...document.querySelectorAll('header, nav, #training')].filter((one) =>
      ['sticky', 'fixed'].includes(getComputedStyle(one).position),
    )
    return Number((kept.reduce((sum, bar) => sum + bar.getBoundingClientRect().height, 0) / innerHeight).toFixed(3))
  })

interface Way {
  seconds: number
  clicks: number
}

/** Clicks on a button by its name, or on something else, and counts. */
type Click = (what: string | Locator) => Promise<void>

/** A way through a page that was never open in this browser: what it does, by clicks alone, and what it comes to. */
async function way(browser: Browser, baseURL: string, walk: (page: Page, click: Click) => Promise<void>) {
  const context = await browser.newContext({ baseURL, viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' })
  const page = await context.newPage()
  const found: Way = { seconds: 0, clicks: 0 }
  const began = Date.now()
  await page.goto('./?device=cpu')
  await walk(page, async (what) => {
    await (typeof what === 'string' ? page.getByRole('button', { name: what, exact: true }) : what).click()
    found.clicks += 1
  })
  found.seconds = Number(((Date.now() - began) / 1000).toFixed(1))
  await context.close()
  return found
}

/** A collapse and its cure, done by the page in the lesson “Cure it”; each step stays until “Next”. */
const collapseAndCure = (browser: Browser, baseURL: string) =>
  way(browser, baseURL, async (page, click) => {
    const lesson = page.getByTestId('lesson')
    const done = async (step: string) => {
      await click('Do it for me')
      await expect(lesson).toHaveAttribute('data-phase', 'done', { timeout: 200_000 })
      await expect(lesson).toHaveAttribute('data-step', step)
    }
    await click('Begin the lesson “Cure it: KL weight, free bits, contrast”')
    for (const step of ['load', 'ill', 'weight']) {
      await done(step)
      await click('Next')
    }
    await click('Skip the question')
    await done('lighter')
    await expect(page.locator('#chart-epochs-active')).toBeInViewport()
  })

/** A log of one's own, and what comes next on it; a file's choice counts as one click. */
const ownRecommendation = (browser: Browser, baseURL: string) =>
  way(browser, baseURL, async (page, click) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), click('Open your log… A table of who took what, and when.')])
    const rows = ROWS.map(({ user, item, time }) => `${user},${item},${time}`)
    await chooser.setFiles({ name: 'own.csv', mimeType: 'text/csv', buffer: lines('user,item,timestamp', ...rows) })
    await expect(page.getByTestId('summary')).toBeVisible()
    await click('Start training')
    await click(page.locator('nav [data-to=use]'))
    await click('Use three popular titles')
    await expect(page.getByTestId('recommendations').getByRole('listitem')).toHaveCount(10)
  })

test('journeys', async ({ page, browser, baseURL }) => {
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
  const stages: Record<string, { words: number; words_in_window: number; height: number }> = {}
  for (const stage of STAGES) {
    await page.locator(`nav [data-to=${stage}]`).click()
    stages[stage] = {
      words: await wordsSeen(page),
      words_in_window: await wordsSeen(page, true),
      height: await page.evaluate(() => document.documentElement.scrollHeight),
    }
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
  const trained = seconds()
  const share: Record<string, number> = {}
  for (const [name, [width, height]] of Object.entries(SCREENS)) {
    await page.setViewportSize({ width, height })
    share[name] = await bars(page)
  }
  const base = baseURL ?? ''
  const result = {
    browser: browser.version(),
    opened,
    learning,
    first_recommendation: { seconds: recommended, clicks: recommendedClicks },
    trained,
    own_recommendation: await ownRecommendation(browser, base),
    collapse_and_cure: await collapseAndCure(browser, base),
    bars_share: share,
    stages,
  }
  console.log(JSON.stringify(result, null, 2))
  if (process.env.BENCH_OUT) writeFileSync(process.env.BENCH_OUT, `${JSON.stringify(result, null, 2)}\n`)
})
