// How fast the page trains on the CPU, by the time that its worker is busy with the steps.
//
// In: BENCH_FILES (a log), BENCH_CONFIG (what differs from the defaults, as JSON), BENCH_OUT (where the numbers go). The command line
// trains with the same configuration on the same log; `cargo xtask bench training` sets the two side by side.

import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

import { expect, test } from '@playwright/test'

const FILE = process.env.BENCH_FILES ?? ''
const CONFIG = JSON.parse(process.env.BENCH_CONFIG ?? '{}')
/** Steps before the clock starts: the browser compiles well what it has seen running for a while. */
const WARM = 30
/** Steps of one reading, and readings. */
const STEPS = 40
const READINGS = 5

test('training on the CPU', async ({ page, browser }) => {
  await page.goto('./?device=cpu&threads=1')
  await page
    .locator('#data')
    .getByLabel('Log file')
    .setInputFiles({ name: basename(FILE), mimeType: 'text/csv', buffer: readFileSync(FILE) })
  await expect(page.getByTestId('summary')).toContainText(basename(FILE))
  const readings = await page.evaluate(
    async ([config, warm, steps, count]) => {
      const lab = window.contrastvae
      const { training } = await lab.configure(config)
      const batchSize = training?.batch_size
      if (batchSize === undefined) throw new Error('the configuration says nothing of the batch size')
      await lab.step(warm)
      const readings: number[] = []
      for (let reading = 0; reading < count; reading++) {
        await lab.step(steps)
        // Smoothed over the latest steps.
        const { step_milliseconds } = await lab.state()
        readings.push((1000 * batchSize) / (step_milliseconds ?? NaN))
      }
      return readings
    },
    [CONFIG, WARM, STEPS, READINGS] as const,
  )
  expect(readings.every((reading) => reading > 0)).toBe(true)
  readings.sort((a, b) => a - b)
  const result = {
    browser: `${browser.browserType().name()} ${browser.version()}`,
    sequences_per_second: readings[Math.floor(READINGS / 2)],
    readings,
  }
  writeFileSync(process.env.BENCH_OUT ?? 'training.json', `${JSON.stringify(result, null, 2)}\n`)
})
