// Several cores in the page: the same bits for any number of them, and one core, with the reason, where memory cannot be shared.

import { createHash } from 'node:crypto'

import { expect, type Page, test } from '@playwright/test'

import { at, checkpointOf, HAS_THREADS, SMALL, state } from './page'
import { unzip } from './zip'

test.skip(!HAS_THREADS, 'the module for several cores is not built: `rustup component add rust-src` brings what it is compiled with')

/** A page on a machine of two cores, whatever this one has. */
async function twoCores(page: Page): Promise<void> {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => 2 }))
}

/** Bytes of the weights and moments after some steps of a page at `address`, and its losses by their steps. */
async function trained(page: Page, address: string): Promise<{ threads: string; sum: string; losses: Map<number, number> }> {
  await page.goto(address)
  const device = page.getByTestId('device')
  await expect(device.locator('strong')).toContainText('CPU')
  await page.evaluate(() => window.contrastvae.load({ users: 300, items: 400 }))
  await page.evaluate(() =>
    window.contrastvae.configure({ model: { hidden_size: 48, heads: 2, max_length: 30 }, training: { batch_size: 48 } }),
  )
  // One by one: a mark on the curve is the mean since the mark before, and how many steps that takes depends on how long they take.
  for (let step = 1; step <= 12; step++) {
    await page.evaluate(() => window.contrastvae.step(1))
    await expect.poll(async () => (await state(page)).step, { intervals: [10] }).toBe(step)
  }
  const tensors = unzip(await checkpointOf(page))['model.safetensors']
  const sum = createHash('sha256')
    .update(tensors ?? '')
    .digest('hex')
  const { losses } = await page.evaluate(() => window.contrastvae.metrics())
  const told = losses?.step.map((step, at) => [step, losses.total[at] ?? NaN] as const)
  return { threads: await device.locator('strong').innerText(), sum, losses: new Map(told) }
}

test('one and two threads, and the module for one core, train to the same bits', async ({ page }) => {
  await twoCores(page)
  expect(await page.goto('./').then(() => page.evaluate(() => crossOriginIsolated))).toBe(true)
  const two = await trained(page, './?device=cpu&threads=2')
  expect(two.threads).toBe('CPU, 2 cores, SIMD')
  const one = await trained(page, './?device=cpu&threads=1')
  expect(one.threads).toBe('CPU, one core, SIMD')
  expect(two.sum).toBe(one.sum)
  expect([...two.losses.keys()]).toEqual(Array.from({ length: 12 }, (_, at) => at + 1))
  expect(two.losses).toEqual(one.losses)
})

test('several threads survive what one does: a run, its validation and another run', async ({ page }) => {
  await twoCores(page)
  await page.goto('./?device=cpu&threads=2')
  await page.evaluate(() => window.contrastvae.load('example'))
  for (const seed of [1, 2]) {
    await page.evaluate((config) => window.contrastvae.configure(config), { ...SMALL, seed })
    await page.evaluate(() => window.contrastvae.start())
    await expect.poll(async () => (await state(page)).state, { timeout: 120_000 }).toBe('finished')
  }
})

test('a host that sends no headers leaves one core, and the reason stands there', async ({ page }) => {
  await twoCores(page)
  await page.goto('../plain/?device=cpu')
  const device = page.getByTestId('device')
  await expect(device).toContainText('CPU, one core, SIMD')
  await expect(device).toContainText('does not let this page share memory')
  await page.evaluate(() => window.contrastvae.load({ users: 40, items: 60 }))
  await page.evaluate(() => window.contrastvae.step(1))
  expect((await state(page)).step).toBe(1)
})

test('a browser that refuses the memory trains on one core', async ({ page }) => {
  await twoCores(page)
  await page.route(/\/assets\/worker-.*\.js$/, async (route) => {
    const answer = await route.fetch()
    const refusing =
      'const Own = WebAssembly.Memory; WebAssembly.Memory = function (wish) { if (wish.shared) throw new RangeError("could not allocate memory"); return new Own(wish) };\n'
    await route.fulfill({ response: answer, body: refusing + (await answer.text()) })
  })
  await page.goto('./?device=cpu')
  const device = page.getByTestId('device')
  await expect(device).toContainText('CPU, one core, SIMD')
  await expect(device).toContainText('refused a memory for several cores')
  await page.evaluate(() => window.contrastvae.load({ users: 40, items: 60 }))
  await page.evaluate(() => window.contrastvae.step(1))
  expect((await state(page)).step).toBe(1)
})

test('the number of cores is chosen under "Advanced" and told before the start', async ({ page }) => {
  await twoCores(page)
  await page.goto('./?device=cpu')
  await page.evaluate(() => window.contrastvae.load('example'))
  await expect(page.getByTestId('estimate')).toContainText('for 2 threads')
  await at(page, 'train')
  await page.getByText('Advanced', { exact: true }).click()
  await page.getByLabel('CPU cores').selectOption('1')
  await page.getByRole('button', { name: 'Reload with this' }).click()
  await expect(page.getByTestId('device')).toContainText('CPU, one core, SIMD')
  expect(new URL(page.url()).searchParams.get('threads')).toBe('1')
})

test.describe('with a service worker', () => {
  test.use({ serviceWorkers: 'allow' })

  test('the second visit to a host that sends no headers has all cores, offline too', async ({ page, context }) => {
    await twoCores(page)
    await page.goto('../plain/?device=cpu')
    await expect(page.getByTestId('device')).toContainText('one core')
    await page.evaluate(() => navigator.serviceWorker.ready)
    await at(page, 'train')
    await page.getByRole('button', { name: 'Reload to use all cores' }).click()
    await expect(page.getByTestId('device')).toContainText('CPU, 2 cores, SIMD')
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    await page.waitForTimeout(500)
    await context.setOffline(true)
    await page.reload()
    await expect(page.getByTestId('device')).toContainText('CPU, 2 cores, SIMD')
  })
})
