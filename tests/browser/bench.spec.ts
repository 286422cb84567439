// The page that measures this machine: it measures, can be given up, and gives a file; in both languages, by the keyboard, on a phone.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

const table = (page: Page) => page.getByTestId('bench-table')
/** Cells of the first size: the CPU on one core, on all, and the GPU. */
const cell = (page: Page, column: number) => table(page).locator('tbody tr').first().locator('td').nth(column)

interface Saved {
  kind: string
  complete: boolean
  browser: { userAgent: string; hardwareConcurrency: number }
  devices: { device: string; without: string; cells: ({ speed?: { steps: number; seconds: number } } | null)[] }[]
}

test('a size is measured, the rest is given up, and the file holds what was measured', async ({ page }) => {
  test.setTimeout(180_000)
  await page.goto('./?bench')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('How fast does this machine train?')
  const save = page.getByRole('button', { name: 'Save the result as a file' })
  await expect(save).toBeDisabled()
  // By the keyboard: what measures is the first button, behind the choice of a language.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Measure' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('bench-status')).toContainText(/1 of 12: CPU, one core, the example/)
  await expect(page.getByRole('progressbar')).toBeVisible()
  await expect(cell(page, 0)).toContainText(/^\s*[\d.,]+\s*first step/, { timeout: 90_000 })
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByTestId('bench-status')).toHaveText('Cancelled; what was measured so far stands below.')
  await expect(page.getByRole('button', { name: 'Measure again' })).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)

  const [download] = await Promise.all([page.waitForEvent('download'), save.click()])
  expect(download.suggestedFilename()).toBe('contrastvae-bench.json')
  const saved = JSON.parse(readFileSync(await download.path(), 'utf8')) as Saved
  expect(saved).toMatchObject({ kind: 'contrastvae-lab bench', complete: false })
  const [speed] = saved.devices.flatMap(({ cells }) => cells.flatMap((one) => one?.speed ?? []))
  expect(speed?.steps).toBeGreaterThan(0)
  expect(speed?.seconds).toBeGreaterThan(0)

  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
  await page.getByText('繁體中文').click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('這台電腦訓練得多快？')
  await page.setViewportSize({ width: 360, height: 740 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})

test('without a graphics card the reason stands where its numbers would', async ({ page }) => {
  test.setTimeout(180_000)
  // A worker that computes takes no command of the measurement, so that all sizes are over at once.
  await page.context().route(/worker-[^/]*\.js/, async (route) => {
    const answer = await route.fetch()
    const refuse = `{
      const listen = addEventListener
      self.addEventListener = (kind, listener, ...rest) =>
        listen(kind, kind !== 'message' ? listener : (event) => {
          const { id, command } = event.data
          if (command?.command === 'time_steps') postMessage({ event: 'refused', id, message: 'not now' })
          else listener(event)
        }, ...rest)
    }`
    await route.fulfill({ response: answer, body: `${refuse}\n${await answer.text()}` })
  })
  await page.goto('./?bench')
  await page.getByRole('button', { name: 'Measure' }).click()
  await expect(page.getByTestId('bench-status')).toHaveText('Done.', { timeout: 120_000 })
  await expect(cell(page, 0)).toHaveText(/failed\s*not now/)
  await expect(page.getByTestId('bench-no-gpu')).toContainText(/Not measured on a GPU\. .*(SwiftShader|WebGPU)/)
})
