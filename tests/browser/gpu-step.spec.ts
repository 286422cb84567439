// What a training step asks of a GPU: how many launches, how much of the host's time, and that memory does not grow. On the software
// adapter that the tests' browser brings; how many launches there are does not depend on the adapter.

import { expect, test, type Page } from '@playwright/test'

import type { Config } from '../../www/protocol'
import { losses, state } from './page'

/** What the worker counts, put in front of its script. */
const COUNTERS = `
self.gpuCounts = { launches: 0, bytes: 0, buffers: 0 };
{
  const counts = self.gpuCounts;
  const count = (name) => {
    const original = GPUComputePassEncoder.prototype[name];
    GPUComputePassEncoder.prototype[name] = function (...of) {
      counts.launches += 1;
      return original.apply(this, of);
    };
  };
  if (self.GPUComputePassEncoder) {
    count('dispatchWorkgroups');
    count('dispatchWorkgroupsIndirect');
    // A buffer lives until it is destroyed or nobody has it any more.
    const gone = new FinalizationRegistry((size) => {
      counts.bytes -= size;
      counts.buffers -= 1;
    });
    const create = GPUDevice.prototype.createBuffer;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = create.call(this, descriptor);
      counts.bytes += descriptor.size;
      counts.buffers += 1;
      gone.register(buffer, descriptor.size, buffer);
      return buffer;
    };
    const destroy = GPUBuffer.prototype.destroy;
    GPUBuffer.prototype.destroy = function () {
      if (gone.unregister(this)) {
        counts.bytes -= this.size;
        counts.buffers -= 1;
      }
      return destroy.call(this);
    };
    const instantiate = WebAssembly.instantiate;
    const keep = (made) => {
      const instance = made.instance ?? made;
      counts.memory = () => instance.exports.memory?.buffer.byteLength ?? 0;
      return made;
    };
    WebAssembly.instantiate = async (...of) => keep(await instantiate.apply(WebAssembly, of));
    const streaming = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...of) => keep(await streaming.apply(WebAssembly, of));
  }
}
`

interface Counts {
  launches: number
  bytes: number
  buffers: number
  wasm: number
}

type CountingScope = typeof globalThis & {
  gpuCounts: { launches: number; bytes: number; buffers: number; memory?: () => number }
  gc?: () => void
}

/** The counts of the worker that computes; with `collect` what nobody has any more is let go of first. */
async function counts(page: Page, collect = false): Promise<Counts> {
  const found: Counts[] = []
  for (const worker of page.workers()) {
    const counted = await worker.evaluate(async (collect) => {
      const scope = globalThis as CountingScope
      if (collect) {
        for (let round = 0; round < 3; round++) {
          scope.gc?.()
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
      const { launches, bytes, buffers, memory } = scope.gpuCounts
      return { launches, bytes, buffers, wasm: memory?.() ?? 0, collects: scope.gc !== undefined }
    }, collect)
    if (collect) expect(counted.collects, 'the browser lets tests collect garbage').toBe(true)
    if (counted.launches > 0) found.push(counted)
  }
  expect(found, 'one worker uses the GPU').toHaveLength(1)
  return found[0]!
}

/** Opens the page with a counting worker; false where the browser brings no adapter. */
async function open(page: Page): Promise<boolean> {
  await page.context().route(/worker-[^/]*\.js/, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: COUNTERS + (await answer.text()) })
  })
  await page.goto('./?device=software-gpu')
  const device = page.getByTestId('device')
  await expect(device.locator('strong')).toBeVisible({ timeout: 120_000 })
  return (await device.innerText()).includes('WebGPU')
}

async function steps(page: Page, count: number): Promise<void> {
  const before = (await state(page)).step
  await page.evaluate((count) => window.contrastvae.step(count), count)
  await expect
    .poll(async () => {
      const { state: told, step } = await state(page)
      return told === 'paused' ? step : -1
    }, { timeout: 300_000 })
    .toBe((before ?? 0) + count)
}

test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--enable-unsafe-webgpu',
      '--enable-unsafe-swiftshader',
      '--js-flags=--expose-gc',
    ],
  },
})

/** Model mode, two views, one layer in each of three stacks, dropout everywhere: what is counted in docs/performance.md. */
const small = (reconstruction: 'sampled_negative' | 'full_softmax'): Config => ({
  model: { hidden_size: 16, heads: 2, max_length: 8, layers: 1, hidden_dropout: 0.2, attention_dropout: 0.2 },
  view: { mode: 'model' },
  objective: { reconstruction },
  training: { epochs: 2_000, batch_size: 8 },
})

/** Launches a step, `LAUNCHES` in docs/performance.md: what was reached, not what was asked for (150). */
const MOST = { sampled_negative: 150, full_softmax: 150 }

for (const reconstruction of ['sampled_negative', 'full_softmax'] as const) {
  test(`a step takes few launches and little of the host's time: ${reconstruction}`, async ({ page }) => {
    test.setTimeout(600_000)
    test.skip(!(await open(page)), 'this browser brings no software adapter')
    await page.evaluate(() => window.contrastvae.load({ users: 600, items: 60, genres: 2 }))
    await page.evaluate((config) => window.contrastvae.configure(config), small(reconstruction))
    // The first steps compile the shaders; the first one joins the parameters.
    await steps(page, 24)
    const before = await counts(page)
    await steps(page, 32)
    const after = await counts(page)
    const launches = (after.launches - before.launches) / 32
    const { step_milliseconds } = await state(page)
    test.info().annotations.push(
      { type: 'launches of a step', description: launches.toFixed(2) },
      { type: 'host time of a step (ms)', description: String(step_milliseconds) },
    )
    // All of this lies in the first epoch of 75 steps: at its end comes a validation, which is not a step.
    expect((await state(page)).epoch).toBe(0)
    expect(launches).toBeLessThanOrEqual(MOST[reconstruction])
    for (const loss of (await losses(page)).total) expect(Number.isFinite(loss)).toBe(true)
  })
}

test('memory does not grow over a thousand steps', async ({ page }) => {
  test.setTimeout(600_000)
  test.skip(!(await open(page)), 'this browser brings no software adapter')
  await page.evaluate(() => window.contrastvae.load({ users: 600, items: 60, genres: 2 }))
  await page.evaluate((config) => window.contrastvae.configure(config), small('sampled_negative'))
  // Buffers for numbers of each shape of batch are made when it first comes, so the first epochs are no measure.
  await steps(page, 200)
  const before = await counts(page, true)
  await steps(page, 1_000)
  const after = await counts(page, true)
  test.info().annotations.push(
    { type: 'GPU memory (MB)', description: `${before.bytes / 1e6} then ${after.bytes / 1e6}` },
    { type: 'wasm memory (MB)', description: `${before.wasm / 1e6} then ${after.wasm / 1e6}` },
  )
  expect(before.wasm).toBeGreaterThan(0)
  expect(after.wasm).toBeLessThanOrEqual(before.wasm * 1.05)
  expect(after.bytes).toBeLessThanOrEqual(before.bytes * 1.05)
})
