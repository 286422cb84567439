// How seconds and memory of the page grow with the log: each stage that the command line is measured by, in a fresh tab for each log.
//
// In: BENCH_FILES (logs, the smallest first, separated as in PATH), BENCH_PRESET and BENCH_CONFIG (the model, as JSON), BENCH_OUT (where the
// numbers go). Out: for each log and stage seconds, the largest resident set of the tab's process, and the memory of the module. Where
// the tab refuses or gives up, the sentence that it says and the stage.

import { statSync, writeFileSync } from 'node:fs'
import { basename, delimiter } from 'node:path'

import { type Browser, expect, type Page, test } from '@playwright/test'

import { at } from '../../tests/browser/page'
import { forgetPeak, peakBytes, tabs } from './processor'

const FILES = (process.env.BENCH_FILES ?? '').split(delimiter).filter(Boolean)
const PRESET = process.env.BENCH_PRESET ?? 'avae'
const CONFIG = JSON.parse(process.env.BENCH_CONFIG ?? '{}')
/** Longest that one stage may take, and that a file may take to come. */
const [PATIENCE, PATIENCE_FILE] = [1_500_000, 600_000]

test.setTimeout(6 * PATIENCE)

/** Before the worker's own script: keeps the memory of its module, shared or not, where it can be asked for. */
const WATCH = `{
  const { Memory, instantiate, instantiateStreaming } = WebAssembly
  let memory = null
  WebAssembly.Memory = class extends Memory { constructor(wish) { super(wish); memory ??= this } }
  const keep = (made) => { memory ??= (made.instance ?? made).exports.memory ?? null; return made }
  WebAssembly.instantiate = async (...of) => keep(await instantiate.apply(WebAssembly, of))
  WebAssembly.instantiateStreaming = async (...of) => keep(await instantiateStreaming.apply(WebAssembly, of))
  self.benchBytes = () => memory?.buffer.byteLength ?? 0
}
`

/** What the page hears of its worker, with the time of each. */
interface Heard {
  event: string
  at: number
  seconds: number
}

interface Stage {
  seconds: number
  peak_bytes: number | null
  wasm_bytes: number
}

test('growth in the page', async ({ browser }) => {
  expect(FILES.length, 'BENCH_FILES').toBeGreaterThan(0)
  const sizes = []
  let device = ''
  for (const file of FILES) {
    const found = await measure(browser, file)
    device = found.device || device
    sizes.push(found.size)
    console.log(`${basename(file)}: ${JSON.stringify(found.size)}`)
    // After each, so that a machine that is needed for something else keeps what was measured.
    const told = { browser: `${browser.browserType().name()} ${browser.version()}`, device, sizes }
    writeFileSync(process.env.BENCH_OUT ?? 'scale.json', `${JSON.stringify(told, null, 2)}\n`)
  }
})

async function measure(browser: Browser, file: string) {
  const context = await browser.newContext({ baseURL: process.env.BASE_URL ?? 'http://localhost:8017', serviceWorkers: 'block' })
  const size: Record<string, unknown> = { file_bytes: statSync(file).size }
  let under = 'opening'
  let device = ''
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE)
    await open(page)
    device = (await page.getByTestId('device').locator('strong').textContent()) ?? ''
    const processes = await tabs(browser)
    /** Runs a stage; `work` gives its seconds where they are not those until it ends. */
    const stage = async (name: string, work: () => Promise<number | void>) => {
      under = name
      forgetPeak(processes)
      const began = performance.now()
      const told = await work()
      size[name] = await reading(page, told ?? (performance.now() - began) / 1000, processes)
    }
    await page.locator('#bench').setInputFiles(file)
    await stage('read', async () => {
      const { seconds, summary } = await load(page)
      Object.assign(size, {
        interactions: summary.interactions_before,
        users: summary.users,
        items: summary.items,
        kept: summary.interactions,
        filter_seconds: seconds.all - seconds.read,
      })
      return seconds.read
    })
    // Both come out of one command, and so have one peak.
    size.filter = { ...(size.read as Stage), seconds: size.filter_seconds }
    delete size.filter_seconds
    await page.evaluate(([config, preset]) => window.contrastvae.configure(config, preset), [CONFIG, PRESET] as const)
    await stage('epoch', () => epoch(page))
    for (const event of ['validation', 'diagnosis']) size[event] = { ...(size.epoch as Stage), seconds: await secondsOf(page, event) }
    await stage('recommend', () => listsForEverybody(page))
    await stage('checkpoint', async () => {
      await page.evaluate(async () => void (await window.contrastvae.checkpoint()))
    })
  } catch (error) {
    size.stopped = { stage: under, sentence: sentenceOf(error) }
  } finally {
    await context.close()
  }
  return { device, size }
}

async function open(page: Page): Promise<void> {
  await page.route(/\/assets\/worker-.*\.js$/, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: WATCH + (await answer.text()) })
  })
  await page.addInitScript(() => {
    const heard: Heard[] = []
    // A file of so many lines asks for its place, which nobody answers here; without that dialog it is put together in memory.
    Object.assign(window, { heard, showSaveFilePicker: undefined })
    window.Worker = class extends Worker {
      constructor(...of: ConstructorParameters<typeof Worker>) {
        super(...of)
        this.addEventListener(
          'message',
          ({ data }: MessageEvent<{ event?: string; bytes_done?: number; bytes_total?: number; seconds?: number }>) => {
            if (!data?.event || (data.event === 'load_progress' && data.bytes_done !== data.bytes_total)) return
            // Of events that come often the latest one is enough.
            const [last] = heard.slice(-1)
            if (last?.event === data.event) heard.pop()
            heard.push({ event: data.event, at: performance.now(), seconds: data.seconds ?? 0 })
          },
        )
      }
    }
  })
  await page.goto('./?device=cpu')
  await page.evaluate(() => window.contrastvae.configure({}))
  await page.evaluate(() => {
    const input = document.createElement('input')
    input.type = 'file'
    input.id = 'bench'
    document.body.append(input)
  })
}

/** Reads the log with a filter of five; seconds until the last byte was read, and until all was done. */
const load = (page: Page) =>
  page.evaluate(async () => {
    const file = document.querySelector<HTMLInputElement>('#bench')?.files?.[0]
    if (!file) throw new Error('no file')
    const began = performance.now()
    const summary = await window.contrastvae.load(file, { filter: { min_user: 5, min_item: 5 } })
    const all = (performance.now() - began) / 1000
    const { heard } = window as unknown as { heard: Heard[] }
    const last = heard.findLast(({ event }) => event === 'load_progress')
    return { summary, seconds: { all, read: last ? (last.at - began) / 1000 : all } }
  })

/** Trains an epoch; its seconds without validation and diagnosis. */
async function epoch(page: Page): Promise<number> {
  await page.evaluate(() => window.contrastvae.start())
  const state = page.getByTestId('state')
  await expect(state).toHaveAttribute('data-state', /finished|empty|ready/, { timeout: PATIENCE })
  if ((await state.getAttribute('data-state')) !== 'finished') throw new Error((await page.getByRole('alert').allTextContents()).join(' '))
  return page.evaluate(() => {
    const { heard } = window as unknown as { heard: Heard[] }
    const of = (name: string) => heard.findLast(({ event }) => event === name)
    const [begun, validation] = [of('begun'), of('validation')]
    if (!begun || !validation) throw new Error('the run told nothing of its epoch')
    return (validation.at - begun.at) / 1000 - validation.seconds
  })
}

const secondsOf = (page: Page, name: string) =>
  page.evaluate((name) => (window as unknown as { heard: Heard[] }).heard.findLast(({ event }) => event === name)?.seconds ?? null, name)

/** Ten items for each user, saved as a file. */
async function listsForEverybody(page: Page): Promise<void> {
  await at(page, 'use')
  const panel = page.locator('#everyone')
  await panel.getByLabel('Items for each user').fill('10')
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: PATIENCE_FILE }),
    panel.getByRole('button', { name: 'Save everybody’s list' }).click(),
  ])
  await download.path()
}

async function reading(page: Page, seconds: number, processes: readonly number[]): Promise<Stage> {
  // The first one holds the module; the threads that it starts never answer.
  const wasm_bytes = await page.workers()[0]?.evaluate(() => (self as unknown as { benchBytes?: () => number }).benchBytes?.() ?? 0)
  return { seconds, peak_bytes: peakBytes(processes), wasm_bytes: wasm_bytes ?? 0 }
}

/** The sentence of an error without the stack that the driver of the browser adds. */
const sentenceOf = (error: unknown) =>
  String(error)
    .split('\n', 1)[0]
    ?.replace(/^.*?Error: /, '') ?? ''
