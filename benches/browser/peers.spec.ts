// A training step of the npm package beside the same model in TensorFlow.js and in jax-js, in one browser, in turns: a step of a peer, some of
// the package, which projects its latents to the plane whenever it holds (and each second while it runs); that is counted.
//
// In: BENCH_PEERS (what is measured, as JSON: logs and reconstructions), the network, once, for the packages of `benches/peers/package.json`.
// Out: BENCH_OUT: milliseconds of each step, by the clock and by the processor time of the workers, first and last losses, and what else ran
// on the machine. Each trains in a worker on one thread: the page that starts it is not isolated, so that no memory can be shared.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { resolve } from 'node:path'

import { type Browser, expect, type Page, test } from '@playwright/test'
import { build } from 'vite'

import type * as Package from '../../pkg/src'
import { serveFolder } from '../../tests/browser/folder'
import { busySeconds, tabs, workerSeconds } from './processor'

/** A log, what it is called, and the reconstruction that is trained on it. */
interface Task {
  name: string
  log: string
  full: boolean
  /** Steps of the package in one turn. */
  steps: number
}

interface Losses {
  reconstruction: number
  kl: number
  contrast: number
}

/** What the page of each contestant offers. */
interface Bench {
  name: string
  /** Takes so many steps; losses of the last one. */
  step: (count: number) => Promise<Losses>
}

const TASKS = JSON.parse(process.env.BENCH_PEERS ?? '[]') as Task[]
/** Steps before the clock starts, of the package and of a peer, whose steps are longer: the browser compiles well what it has seen running. */
const [WARM, WARM_PEER] = [20, 6]
/** Steps of each that are timed. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15)
const FOLDER = resolve(import.meta.dirname, '../peers')
const OUT = resolve(import.meta.dirname, '../../target/bench/peers')
const SITE = `${OUT}/site`
/** Largest difference of the first losses, which differ by the random numbers alone. */
const ALIKE = 0.05

/** The configuration of `benches/peers/batches.js`, as the package is told it. */
const CONFIG = {
  seed: 1,
  model: { hidden_size: 64, heads: 2, layers: 1, max_length: 50, hidden_dropout: 0.2, attention_dropout: 0.2 },
  view: { mode: 'model', variance_dropout: 0.1 },
  objective: { kl_weight: 0.1, kl_schedule: 'constant', contrast_weight: 0.1, temperature: 0.5 },
  training: { batch_size: 64, learning_rate: 0.001, epochs: 1000 },
} as const

test('a step beside tfjs and jax-js', async ({ browser }) => {
  expect(TASKS.length, 'BENCH_PEERS').toBeGreaterThan(0)
  install()
  await assemble()
  const site = await serveFolder(SITE)
  try {
    const tasks = []
    for (const task of TASKS) {
      tasks.push(await measure(browser, site.address, task))
      const result = { browser: `${browser.browserType().name()} ${browser.version()}`, rounds: ROUNDS, tasks }
      // After each, so that a machine that is needed for something else keeps what was measured.
      writeFileSync(process.env.BENCH_OUT ?? 'peers.json', `${JSON.stringify(result, null, 2)}\n`)
    }
  } finally {
    site.close()
  }
})

function install(): void {
  const lock = 'package-lock.json'
  const same = existsSync(`${OUT}/${lock}`) && readFileSync(`${OUT}/${lock}`).equals(readFileSync(`${FOLDER}/${lock}`))
  if (same && existsSync(`${OUT}/node_modules`)) return
  mkdirSync(OUT, { recursive: true })
  for (const file of ['package.json', lock, '.npmrc']) cpSync(`${FOLDER}/${file}`, `${OUT}/${file}`)
  execFileSync('npm', ['ci', '--omit=optional'], { cwd: OUT, stdio: 'inherit' })
}

/** A site with the built package, a worker for each peer, and an empty page. */
async function assemble(): Promise<void> {
  rmSync(SITE, { recursive: true, force: true })
  mkdirSync(SITE, { recursive: true })
  cpSync(resolve(import.meta.dirname, '../../pkg/dist'), `${SITE}/package`, { recursive: true })
  writeFileSync(`${SITE}/index.html`, '<!doctype html><meta charset="utf-8"><title>bench</title>')
  const modules = `${OUT}/node_modules`
  for (const peer of ['tfjs', 'jax']) {
    await build({
      configFile: false,
      logLevel: 'error',
      resolve: {
        alias: [
          { find: /^peer$/, replacement: `${FOLDER}/${peer}.js` },
          { find: '@tensorflow/tfjs-core', replacement: `${modules}/@tensorflow/tfjs-core` },
          { find: '@tensorflow/tfjs-backend-wasm', replacement: `${modules}/@tensorflow/tfjs-backend-wasm` },
          { find: '@jax-js/jax', replacement: `${modules}/@jax-js/jax` },
        ],
      },
      build: {
        outDir: SITE,
        emptyOutDir: false,
        lib: { entry: `${FOLDER}/worker.js`, formats: ['es'], fileName: () => `${peer}.js` },
        rolldownOptions: { output: { codeSplitting: false } },
      },
    })
  }
  cpSync(`${modules}/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm`, `${SITE}/tfjs-backend-wasm-simd.wasm`)
}

async function measure(browser: Browser, address: string, { name, log, full, steps }: Task) {
  const text = readFileSync(log, 'utf8')
  const contestants = []
  const contexts = []
  for (const who of ['package', 'tfjs', 'jax'] as const) {
    const context = await browser.newContext()
    contexts.push(context)
    const page = await context.newPage()
    page.on('pageerror', (error) => console.error(`${who}: ${error.message}`))
    await page.goto(address)
    if (await page.evaluate(() => crossOriginIsolated)) throw new Error('this page could share memory, and its threads would not be one')
    const items = who === 'package' ? await openPackage(page, text, full) : await openPeer(page, who, text, full)
    const first = await step(page, 1)
    const [warm, inTurn] = who === 'package' ? [WARM, steps] : [WARM_PEER, 1]
    await step(page, warm - 1)
    const called = await page.evaluate(() => (window as unknown as { bench: Bench }).bench.name)
    contestants.push({ name: called, items, page, inTurn, first, last: first, wall: [] as number[], processor: [] as number[] })
  }
  const processes = await tabs(browser)
  const load = { before: loadavg()[0] ?? null, after: NaN, others: null as number | null }
  const began = { clock: performance.now(), busy: busySeconds(), own: workerSeconds(processes) }
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of contestants) {
      // Nobody else's worker computes meanwhile.
      const before = workerSeconds(processes)
      const clock = performance.now()
      one.last = await step(one.page, one.inTurn)
      one.wall.push((performance.now() - clock) / one.inTurn)
      const after = workerSeconds(processes)
      if (before !== null && after !== null) one.processor.push((1000 * (after - before)) / one.inTurn)
    }
  }
  load.after = loadavg()[0] ?? NaN
  const [busy, own] = [busySeconds(), workerSeconds(processes)]
  if (busy !== null && began.busy !== null && own !== null && began.own !== null) {
    load.others = (busy - began.busy - (own - began.own)) / ((performance.now() - began.clock) / 1000)
  }
  for (const context of contexts) await context.close()
  const [ours, ...peers] = contestants
  if (!ours) throw new Error('nothing was measured')
  trainsTheSame(ours, peers, full)
  return { name, full, load, contestants: contestants.map(({ page: _, ...told }) => told) }
}

const step = (page: Page, count: number) => page.evaluate((count) => (window as unknown as { bench: Bench }).bench.step(count), count)

/** The package as whoever installs it would use it. Gives the number of items. */
const openPackage = (page: Page, log: string, full: boolean) =>
  page.evaluate(
    async ([log, config, reconstruction]) => {
      const { createTrainer } = (await import(`${location.origin}/package/index.js`)) as typeof Package
      const trainer = createTrainer({ device: 'cpu' })
      const { items } = await trainer.load(new File([log], 'log.csv'), { filter: { min_user: 1, min_item: 1 } })
      await trainer.configure({ ...config, objective: { ...config.objective, reconstruction } })
      let losses: Losses | null = null
      let over = false
      trainer.subscribe((event) => {
        if (event.event === 'progress') losses = event.losses
        if (event.event === 'validation') over = true
      })
      const bench: Bench = {
        name: 'the npm package',
        async step(count) {
          await trainer.step(count)
          // What ends an epoch is not a step's.
          if (over) throw new Error('an epoch ended within the readings: the log is too short')
          // Told ten times a second at most, the first of all at once.
          if (!losses) throw new Error('a step told no losses')
          return losses
        },
      }
      Object.assign(window, { bench })
      return items
    },
    [log, CONFIG, full ? 'full_softmax' : 'sampled_negative'] as const,
  )

/** A peer in its worker. Gives the number of items. */
const openPeer = (page: Page, who: string, log: string, full: boolean) =>
  page.evaluate(
    async ([who, log, full]) => {
      const worker = new Worker(`${location.origin}/${who}.js`, { type: 'module' })
      const ask = (message: object) =>
        new Promise<{ name: string; items: number; losses: Losses }>((resolve, reject) => {
          worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data))
          worker.onerror = ({ message }) => reject(new Error(message))
          worker.postMessage(message)
        })
      const { name, items } = await ask({ log, full, folder: `${location.origin}/` })
      const step = async (count: number): Promise<Losses> => {
        for (; count > 1; count--) await ask({})
        return (await ask({})).losses
      }
      const bench: Bench = { name, step }
      Object.assign(window, { bench })
      return items
    },
    [who, log, full] as const,
  )

type Told = { name: string; items: number; first: Losses; last: Losses }

/** Fails unless all begin where the model must begin, agree in their first losses, and learn. */
function trainsTheSame(ours: Told, peers: readonly Told[], full: boolean): void {
  const total = ({ reconstruction, kl, contrast }: Losses) => reconstruction + 0.1 * kl + 0.1 * contrast
  // Of both views: all items are alike at the start, and so are the two answers for one negative.
  const start = full ? 2 * Math.log(ours.items) : 4 * Math.log(2)
  for (const { name, items, first, last } of [ours, ...peers]) {
    expect(items, `items of ${name}`).toBe(ours.items)
    expect(Math.abs(first.reconstruction / start - 1), `first reconstruction of ${name}`).toBeLessThan(ALIKE)
    expect(total(last), `last loss of ${name}`).toBeLessThan(total(first))
    for (const term of ['kl', 'contrast'] as const) {
      expect(
        Math.abs(first[term] / ours.first[term] - 1),
        `first ${term} of ${name}: ${first[term]}, ours ${ours.first[term]}`,
      ).toBeLessThan(ALIKE)
    }
  }
}
