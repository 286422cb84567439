// Which device computes, said in words; and the GPU build on the software adapter that the tests' browser brings.

import { expect, test } from '@playwright/test'

import { loadExample, startTraining, state } from './page'

test('a software adapter is refused, with the reason', async ({ page }) => {
  await page.goto('./')
  const device = page.getByTestId('device')
  await expect(device).toContainText('CPU, one core, SIMD')
  await expect(device).toContainText(/SwiftShader.*software|no WebGPU|found no GPU/i)
})

test('the address can ask for the CPU', async ({ page }) => {
  await page.goto('./?device=cpu')
  const device = page.getByTestId('device')
  await expect(device).toContainText('CPU, one core, SIMD')
  await expect(device).toContainText('The address of this page asks for the CPU.')
})

test('a GPU that does not start gives way to the CPU, with the reason', async ({ page, context }) => {
  // The module for the GPU is cut off on its way.
  let asked = 0
  await context.route(/contrastvae_bg.*\.wasm/, (route) => {
    asked += 1
    return asked === 1 ? route.abort() : route.continue()
  })
  await page.goto('./?device=software-gpu')
  const device = page.getByTestId('device')
  await expect(device).toContainText(/CPU, one core, SIMD/)
  if (asked > 1) await expect(device).toContainText('The GPU did not start')
  await loadExample(page)
})

test('the software adapter trains when the address asks for it, without the host wasting time', async ({ page }) => {
  test.setTimeout(600_000)
  await page.goto('./?device=software-gpu')
  const device = page.getByTestId('device')
  await expect(device.locator('strong')).toBeVisible({ timeout: 120_000 })
  test.skip(!(await device.innerText()).includes('WebGPU'), 'this browser brings no software adapter')

  await page.evaluate(() => window.contrastvae.load({ users: 40, items: 60, genres: 2 }))
  const config = { model: { hidden_size: 8, heads: 2, max_length: 8 }, training: { epochs: 6, batch_size: 8 } }
  await page.evaluate((config) => window.contrastvae.configure(config), config)
  // The first steps compile the kernels.
  await page.evaluate(() => window.contrastvae.step(4))
  await expect.poll(async () => (await state(page)).state, { timeout: 300_000 }).toBe('paused')
  await page.evaluate(() => window.contrastvae.step(12))
  const told = await state(page)
  // On a GPU losses are read every few steps, and before each halt.
  expect(told.step).toBe(16)
  test.info().annotations.push({ type: 'host time of a step (ms)', description: String(told.step_milliseconds) })
  // With constructors run again by every callback a step takes more than ten seconds of host time; without, less than a tenth
  // of a second on the same machine.
  expect(told.step_milliseconds).toBeLessThan(2000)
  const { losses } = await page.evaluate(() => window.contrastvae.metrics())
  for (const loss of losses?.total ?? [NaN]) expect(Number.isFinite(loss)).toBe(true)
})

test('a browser without SIMD is told what it needs', async ({ page, context }) => {
  await context.route(/worker-[^/]*\.js/, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: `WebAssembly.validate = () => false;\n${await answer.text()}` })
  })
  await page.goto('./')
  await expect(page.getByTestId('message')).toContainText('WebAssembly SIMD')
  await expect(page.getByRole('button', { name: 'Load example' })).toBeVisible()
})

test('training can be started by hand on the CPU after a fault in the worker', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { training: { epochs: 100 } })
  for (const worker of page.workers()) {
    // The next thing that the worker does on its own throws, as a panic would.
    await worker.evaluate(() => {
      setTimeout(() => {
        throw new WebAssembly.RuntimeError('unreachable')
      }, 0)
    })
  }
  // Nothing was saved yet, so that there is only the data to bring back.
  await expect(page.getByTestId('message')).toContainText('the data is loaded again, so that you can start anew')
  await expect(page.getByTestId('summary')).toContainText('Example')
  await startTraining(page, { training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
})
