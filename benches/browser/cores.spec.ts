// How much faster the page trains with more threads: one and two take turns in two tabs of one browser.
//
// In: BENCH_FILES (a log), BENCH_CONFIG (what differs from the defaults, as JSON), BENCH_THREADS (numbers of threads, "1,2" if it is not set),
// BENCH_OUT (where the numbers go). Out: sequences a second for each, by the time that the worker is busy with the steps, and their ratio to one.

import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

import { expect, test } from '@playwright/test'

const FILE = process.env.BENCH_FILES ?? ''
const CONFIG = JSON.parse(process.env.BENCH_CONFIG ?? '{}')
const THREADS = (process.env.BENCH_THREADS ?? '1,2').split(',').map(Number)
/** Steps before the clock starts: the browser compiles well what it has seen running for a while. */
const WARM = 30
/** Steps of one reading, and readings. */
const STEPS = 20
const READINGS = 9

test('training on several cores', async ({ context, browser }) => {
  const tabs = []
  for (const threads of THREADS) {
    const page = await context.newPage()
    await page.goto(`./?device=cpu&threads=${threads}`)
    const shown = threads === 1 ? 'one core' : `${threads} cores`
    await expect(page.getByTestId('device')).toContainText(`CPU, ${shown}, SIMD`)
    await page
      .locator('#data')
      .getByLabel('Log file')
      .setInputFiles({ name: basename(FILE), mimeType: 'text/csv', buffer: readFileSync(FILE) })
    await expect(page.getByTestId('summary')).toContainText(basename(FILE))
    const batch = await page.evaluate(async (config) => (await window.contrastvae.configure(config)).training?.batch_size, CONFIG)
    await page.evaluate((warm) => window.contrastvae.step(warm), WARM)
    tabs.push({ threads, page, batch: batch ?? NaN, rates: [] as number[] })
  }
  for (let reading = 0; reading < READINGS; reading++) {
    for (const { page, batch, rates } of tabs) {
      const rate = await page.evaluate(
        async ([steps, batch]) => {
          await window.contrastvae.step(steps)
          // Smoothed over the latest steps.
          const { step_milliseconds } = await window.contrastvae.state()
          return (1000 * batch) / (step_milliseconds ?? NaN)
        },
        [STEPS, batch] as const,
      )
      rates.push(rate)
    }
  }
  const found = tabs.map(({ threads, rates }) => {
    rates.sort((a, b) => a - b)
    return { threads, median: rates[Math.floor(READINGS / 2)] ?? NaN, best: rates.at(-1) ?? NaN, rates }
  })
  const [first] = found
  expect(found.every(({ best }) => best > 0)).toBe(true)
  const result = {
    browser: `${browser.browserType().name()} ${browser.version()}`,
    threads: found,
    ratios: found.map(({ threads, best, median }) => ({
      threads,
      best: best / (first?.best ?? NaN),
      median: median / (first?.median ?? NaN),
    })),
  }
  writeFileSync(process.env.BENCH_OUT ?? 'cores.json', `${JSON.stringify(result, null, 2)}\n`)
})
