// Which device computes, said in words; and the GPU build on the software adapter that the tests' browser brings.

import { expect, test } from '@playwright/test'

import { at, loadExample, sessionWorker, startTraining, state } from './page'

test('a software adapter is refused, with the reason', async ({ page }) => {
  await page.goto('./')
  const device = page.getByTestId('device')
  await expect(device).toContainText(/CPU, (one core|\d+ cores), SIMD/)
  await expect(device).toContainText(/SwiftShader.*software|no WebGPU|found no GPU/i)
})

test('the address can ask for the CPU', async ({ page }) => {
  await page.goto('./?device=cpu')
  const device = page.getByTestId('device')
  await expect(device).toContainText(/CPU, (one core|\d+ cores), SIMD/)
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
  await expect(device).toContainText(/CPU, (one core|\d+ cores), SIMD/)
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

/** Takes the feature from every adapter and device of a worker, as on a GPU that has no timestamps. */
const NO_TIMESTAMPS = `if (self.GPUAdapter) {
  const hidden = (name) => name === 'timestamp-query'
  const { has, values } = GPUSupportedFeatures.prototype
  GPUSupportedFeatures.prototype.has = function (name) { return !hidden(name) && has.call(this, name) }
  GPUSupportedFeatures.prototype[Symbol.iterator] = function () { return [...values.call(this)].filter((name) => !hidden(name)).values() }
  const request = GPUAdapter.prototype.requestDevice
  GPUAdapter.prototype.requestDevice = function (asked = {}) {
    if ([...(asked.requiredFeatures ?? [])].some(hidden)) return Promise.reject(new TypeError('no timestamps here'))
    self.withoutTimestamps = true
    return request.call(this, asked)
  }
}`

test('a GPU without timestamps trains as well', async ({ page, context }) => {
  test.setTimeout(600_000)
  await context.route(/worker-[^/]*\.js/, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: `${NO_TIMESTAMPS}\n${await answer.text()}` })
  })
  await page.goto('./?device=software-gpu')
  const device = page.getByTestId('device')
  await expect(device.locator('strong')).toBeVisible({ timeout: 120_000 })
  const worker = await sessionWorker(page)
  test.skip(!(await worker.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()))), 'this browser brings no software adapter')
  await expect(device).toContainText('WebGPU')
  expect(await worker.evaluate(() => (self as unknown as { withoutTimestamps?: boolean }).withoutTimestamps)).toBe(true)

  await page.evaluate(() => window.contrastvae.load({ users: 40, items: 60, genres: 2 }))
  const config = { model: { hidden_size: 8, heads: 2, max_length: 8 }, training: { epochs: 6, batch_size: 8 } }
  await page.evaluate((config) => window.contrastvae.configure(config), config)
  await page.evaluate(() => window.contrastvae.step(8))
  await expect.poll(async () => (await state(page)).step, { timeout: 300_000 }).toBe(8)
  const { losses } = await page.evaluate(() => window.contrastvae.metrics())
  expect(losses?.total.length).toBeGreaterThan(0)
  for (const loss of losses?.total ?? []) expect(Number.isFinite(loss)).toBe(true)
})

test('a run outlives its GPU: it goes on from its checkpoint, on the GPU again, and after a second loss on the CPU', async ({
  page,
  context,
}) => {
  test.setTimeout(900_000)
  // The module opens its device by itself; it is kept, to be taken away.
  await context.route(/worker-[^/]*\.js/, async (route) => {
    const answer = await route.fetch()
    const keep = `if (self.GPUAdapter) {
      const request = GPUAdapter.prototype.requestDevice
      GPUAdapter.prototype.requestDevice = async function (...wish) { return (self.device = await request.apply(this, wish)) }
    }`
    await route.fulfill({ response: answer, body: `${keep}\n${await answer.text()}` })
  })
  await page.goto('./?device=software-gpu')
  const device = page.getByTestId('device')
  await expect(device.locator('strong')).toBeVisible({ timeout: 120_000 })
  test.skip(!(await device.innerText()).includes('WebGPU'), 'this browser brings no software adapter')
  const takeAway = async () => {
    for (const worker of page.workers()) {
      await worker.evaluate(() => (self as unknown as { device?: GPUDevice }).device?.destroy())
    }
  }
  const epochs = async () => (await page.evaluate(() => window.contrastvae.metrics())).validation.length

  await page.evaluate(() => window.contrastvae.load({ users: 60, items: 60, genres: 2 }))
  const config = { model: { hidden_size: 8, heads: 2, max_length: 8 }, training: { epochs: 400, patience: 0, batch_size: 16 } }
  await page.evaluate((config) => window.contrastvae.configure(config), config)
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect.poll(epochs, { timeout: 300_000 }).toBeGreaterThan(1)
  await expect(page.getByTestId('kept')).toContainText('epoch')
  await takeAway()
  const message = page.getByTestId('message')
  await expect(message).toContainText(
    /The GPU failed or was taken away; the run was taken up again from epoch [\d,]+, step [\d,]+, on the GPU again\./,
    {
      timeout: 120_000,
    },
  )
  await expect(device).toContainText('WebGPU')
  const before = await epochs()
  expect(before).toBeGreaterThan(0)
  await expect.poll(epochs, { timeout: 300_000 }).toBeGreaterThan(before + 1)

  await takeAway()
  // A request that was under way may have its own sentence beside this one.
  const second = /The GPU failed or was taken away; the run was taken up again from .*, now on the CPU\./
  await expect(message.filter({ hasText: second })).toBeVisible({ timeout: 120_000 })
  await expect(device).toContainText(/CPU, (one core|\d+ cores), SIMD/)
  await expect(device).toContainText('The GPU failed twice during training, so the CPU took over.')
  const then = await epochs()
  expect(then).toBeGreaterThanOrEqual(before)
  await expect.poll(epochs, { timeout: 120_000 }).toBeGreaterThan(then + 1)
  const { validation } = await page.evaluate(() => window.contrastvae.metrics())
  expect(validation.map(({ epoch }) => epoch)).toEqual(validation.map((_, at) => at + 1))
})

test('a GPU that computes something else than the CPU is refused by its name before a run begins', async ({ page, context }) => {
  test.setTimeout(600_000)
  await context.route(/worker-[^/]*\.js/, async (route) => {
    const answer = await route.fetch()
    // As a driver whose exponential is a little off.
    const wrong = `if (self.GPUDevice) {
      const create = GPUDevice.prototype.createShaderModule
      GPUDevice.prototype.createShaderModule = function (what) {
        return create.call(this, { ...what, code: what.code.replace(/\\bexp\\(/g, 'exp(1.05 * ') })
      }
    }`
    await route.fulfill({ response: answer, body: `${wrong}\n${await answer.text()}` })
  })
  await page.goto('./?device=software-gpu')
  const device = page.getByTestId('device')
  await expect(device.locator('strong')).toBeVisible({ timeout: 120_000 })
  test.skip(!(await device.innerText()).includes('WebGPU'), 'this browser brings no software adapter')
  await page.evaluate(() => window.contrastvae.load({ users: 60, items: 60, genres: 2 }))
  const config = { model: { hidden_size: 8, heads: 2, max_length: 8 }, training: { epochs: 2, batch_size: 16 } }
  await page.evaluate((config) => window.contrastvae.configure(config), config)
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(device).toContainText(/CPU, (one core|\d+ cores), SIMD/, { timeout: 300_000 })
  await expect(device).toContainText(/The first steps on .*SwiftShader.* gave other numbers than on the CPU, so the CPU took over\./)
  await expect(page.getByTestId('message').filter({ hasText: 'The GPU computes other numbers than the CPU' })).toBeVisible()
  // The data is there again, and trains.
  await expect(page.getByTestId('summary')).toContainText('Example')
  await startTraining(page, config)
  await expect(page.getByTestId('state')).toHaveText('Finished')
})

test('a browser without all of WebAssembly 2.0 is told what it needs', async ({ page, context }) => {
  await context.route(/worker-[^/]*\.js/, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: `WebAssembly.validate = () => false;\n${await answer.text()}` })
  })
  await page.goto('./')
  await expect(page.getByTestId('message')).toContainText('lacks parts of WebAssembly')
  await at(page, 'data')
  await expect(page.getByRole('button', { name: 'Load example' })).toBeVisible()
})

test('training can be started by hand on the CPU after a fault in the worker', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { training: { epochs: 100 } })
  // The next thing that the worker does on its own throws, as a panic would.
  const worker = await sessionWorker(page)
  await worker.evaluate(() => {
    setTimeout(() => {
      throw new WebAssembly.RuntimeError('unreachable')
    }, 0)
  })
  // Nothing was saved yet, so that there is only the data to bring back.
  await expect(page.getByTestId('message')).toContainText('the data is loaded again, so that you can start anew')
  await expect(page.getByTestId('summary')).toContainText('Example')
  await startTraining(page, { training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
})

test('a run for which the tab has too little memory is foretold, and breaks off with that sentence and nothing else lost', async ({
  page,
}) => {
  test.setTimeout(300_000)
  await page.goto('./?device=cpu')
  await page.evaluate(() => window.contrastvae.load({ users: 20_000, items: 960, genres: 4 }))
  await expect(page.getByTestId('too-much')).toHaveCount(0)
  const config = {
    model: { hidden_size: 64, layers: 8, max_length: 50 },
    training: { batch_size: 4096 },
    objective: { reconstruction: 'full_softmax' },
  } as const
  await page.evaluate((config) => window.contrastvae.configure(config), config)
  await expect(page.getByTestId('too-much')).toContainText('more than the 4.3 GB that a program in a tab can have')
  await page.getByRole('button', { name: 'Start training' }).click()
  const message = page.getByTestId('message')
  await expect(message).toContainText('Training broke off because this tab ran out of memory before anything of the run was saved', {
    timeout: 200_000,
  })
  await message.getByText('What the program said').click()
  await expect(message).toContainText(/\d+ bytes were refused/)
  // The data is there again, and a smaller model trains.
  await expect(page.getByTestId('summary')).toContainText('20,000')
  await startTraining(page, { model: { hidden_size: 8, layers: 1 }, training: { epochs: 1, batch_size: 512 } })
  await expect(page.getByTestId('state')).toHaveText('Finished', { timeout: 120_000 })
})
