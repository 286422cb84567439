// How fast a log is read: the page's worker against PapaParse, on the same files in the same browser.
//
// In: BENCH_FILES (paths, separated as in PATH), BENCH_ROWS (rows of each), BENCH_OUT (where the numbers go). The page does more
// than PapaParse: it takes each field for what it means, keeps the log in memory, puts each user's items in order of time and
// splits them; PapaParse cuts the text into fields, which are counted and dropped. PapaParse runs twice: with its own `worker: true`,
// where each piece of rows is copied to the page's thread, and inside a worker that counts there, the fastest way that there is.
//
// The readers take turns, each in a fresh tab that has been open for two seconds when the clock starts (BENCH_PAUSE, in milliseconds).

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, delimiter } from 'node:path'

import { type Browser, type CDPSession, expect, type Page, test } from '@playwright/test'

const FILES = (process.env.BENCH_FILES ?? '').split(delimiter).filter(Boolean)
const ROWS = Number(process.env.BENCH_ROWS)
const REPETITIONS = Number(process.env.BENCH_REPETITIONS ?? 5)
/** How long a tab is open before the file is chosen; a person takes longer. The page's worker reads an invented log meanwhile (`src/web/warm_up.rs`). */
const PAUSE_MILLISECONDS = Number(process.env.BENCH_PAUSE ?? 2000)
const PAPAPARSE = createRequire(import.meta.url).resolve('papaparse/papaparse.min.js')

/** What a reader says of one reading. Rows are without the header. */
interface Reading {
  seconds: number
  rows: number
  /** Until the last byte was read, where that can be seen from outside. */
  reading_seconds?: number
}

interface Reader {
  name: string
  open(page: Page): Promise<void>
  /** Reads the file of `#bench`; `quoted` says whether fields may stand in quotation marks. */
  read(page: Page, quoted: boolean): Promise<Reading>
}

const lab: Reader = {
  name: 'page',
  async open(page) {
    // Hears what the worker tells the page, to know when the last byte was read.
    await page.addInitScript(() => {
      window.Worker = class extends Worker {
        constructor(...of: ConstructorParameters<typeof Worker>) {
          super(...of)
          this.addEventListener('message', ({ data }: MessageEvent<{ event?: string; bytes_done?: number; bytes_total?: number }>) => {
            if (data?.event === 'load_progress' && data.bytes_done === data.bytes_total) {
              Object.assign(window, { allRead: performance.now() })
            }
          })
        }
      }
    })
    await page.goto('./?device=cpu')
    await page.evaluate(() => window.contrastvae.configure({}))
    await addInput(page)
  },
  read: (page) =>
    page.evaluate(async () => {
      const file = document.querySelector<HTMLInputElement>('#bench')?.files?.[0]
      if (!file) throw new Error('no file')
      const start = performance.now()
      const summary = await window.contrastvae.load(file, { filter: { min_user: 1, min_item: 1 } })
      const seconds = (performance.now() - start) / 1000
      const { allRead } = window as unknown as { allRead?: number }
      return {
        seconds,
        rows: summary.interactions_before,
        ...(allRead === undefined ? {} : { reading_seconds: (allRead - start) / 1000 }),
      }
    }),
}

/** What PapaParse is told of a file: everything that it would otherwise have to find out. */
const SETTINGS = { header: false, dynamicTyping: false, delimiter: ',', newline: '\n', skipEmptyLines: true }

/** Part of PapaParse's interface. */
interface Papa {
  parse(
    file: File,
    settings: typeof SETTINGS & {
      fastMode: boolean
      worker: boolean
      chunk: (results: { data: unknown[] }) => void
      complete: () => void
      error: (error: unknown) => void
    },
  ): void
}

const papaWorker: Reader = {
  name: 'PapaParse, worker: true',
  open: openBlank,
  read: (page, quoted) =>
    page.evaluate(
      ([settings, fastMode]) =>
        new Promise<Reading>((resolve, reject) => {
          const file = document.querySelector<HTMLInputElement>('#bench')?.files?.[0]
          if (!file) throw new Error('no file')
          const { Papa } = window as unknown as { Papa: Papa }
          let rows = -1
          const start = performance.now()
          Papa.parse(file, {
            ...settings,
            fastMode,
            worker: true,
            chunk: ({ data }) => (rows += data.length),
            complete: () => resolve({ seconds: (performance.now() - start) / 1000, rows }),
            error: reject,
          })
        }),
      [SETTINGS, !quoted] as const,
    ),
}

const papaInside: Reader = {
  name: 'PapaParse, counting in a worker',
  async open(page) {
    await openBlank(page)
    await page.evaluate(async () => {
      // The body of a worker; PapaParse comes first in the same script.
      const body = `onmessage = ({ data: { file, settings } }) => {
        if (!file) return postMessage('up')
        let rows = -1
        Papa.parse(file, { ...settings, worker: false, chunk: ({ data }) => { rows += data.length }, complete: () => postMessage({ rows }),
          error: (error) => postMessage({ error: String(error) }) })
      }`
      const papa = await (await fetch('papaparse.js')).text()
      const worker = new Worker(URL.createObjectURL(new Blob([papa, '\n', body], { type: 'text/javascript' })))
      const up = new Promise((resolve) => worker.addEventListener('message', resolve, { once: true }))
      worker.postMessage({})
      await up
      Object.assign(window, { counter: worker })
    })
  },
  read: (page, quoted) =>
    page.evaluate(
      ([settings, fastMode]) =>
        new Promise<Reading>((resolve, reject) => {
          const file = document.querySelector<HTMLInputElement>('#bench')?.files?.[0]
          if (!file) throw new Error('no file')
          const { counter } = window as unknown as { counter: Worker }
          const start = performance.now()
          counter.onmessage = ({ data }: MessageEvent<{ rows: number; error?: string }>) =>
            data.error ? reject(new Error(data.error)) : resolve({ seconds: (performance.now() - start) / 1000, rows: data.rows })
          counter.postMessage({ file, settings: { ...settings, fastMode } })
        }),
      [SETTINGS, !quoted] as const,
    ),
}

const READERS = [lab, papaWorker, papaInside]

test('a log of a million rows', async ({ browser }) => {
  expect(FILES.length, 'BENCH_FILES').toBeGreaterThan(0)
  const files = []
  for (const path of FILES) {
    const bytes = statSync(path).size
    const quoted = readFileSync(path).includes('"')
    const readings = READERS.map(() => [] as (Reading & { peak_bytes: number | null })[])
    for (let turn = 0; turn < REPETITIONS; turn++) {
      for (const [at, reader] of READERS.entries()) {
        const reading = await measure(browser, reader, path, quoted)
        expect(reading.rows, `${reader.name} on ${path}`).toBe(ROWS)
        console.log(`${basename(path)}, ${reader.name}: ${reading.seconds.toFixed(2)} s`)
        readings[at]?.push(reading)
      }
    }
    const medians = readings.map((of) => median(of.map(({ seconds }) => seconds)))
    files.push({
      name: basename(path),
      bytes,
      rows: ROWS,
      readers: READERS.map(({ name }, at) => {
        const of = readings[at] ?? []
        const seconds = medians[at] ?? NaN
        const read = of.flatMap(({ reading_seconds }) => reading_seconds ?? [])
        const peaks = of.flatMap(({ peak_bytes }) => peak_bytes ?? [])
        return {
          name,
          seconds: of.map(({ seconds }) => seconds),
          median_seconds: seconds,
          // On a machine that does other things as well, the steadier number.
          best_seconds: Math.min(...of.map(({ seconds }) => seconds)),
          median_reading_seconds: read.length > 0 ? median(read) : null,
          megabytes_per_second: bytes / 1e6 / seconds,
          times_page: seconds / (medians[0] ?? NaN),
          peak_bytes: peaks.length > 0 ? median(peaks) : null,
        }
      }),
    })
  }
  const result = {
    browser: `${browser.browserType().name()} ${browser.version()}`,
    repetitions: REPETITIONS,
    pause_milliseconds: PAUSE_MILLISECONDS,
    files,
  }
  if (process.env.BENCH_OUT) writeFileSync(process.env.BENCH_OUT, `${JSON.stringify(result, null, 2)}\n`)
  else console.log(JSON.stringify(result, null, 2))
})

/** One reading in a fresh tab. */
async function measure(browser: Browser, reader: Reader, path: string, quoted: boolean): Promise<Reading & { peak_bytes: number | null }> {
  const context = await browser.newContext({ baseURL: process.env.BASE_URL ?? 'http://localhost:8017' })
  const system = await browser.newBrowserCDPSession()
  try {
    const tab = await context.newPage()
    await reader.open(tab)
    await tab.waitForTimeout(PAUSE_MILLISECONDS)
    await tab.locator('#bench').setInputFiles(path)
    const memory = await Memory.of(system)
    const reading = await reader.read(tab, quoted)
    return { ...reading, peak_bytes: memory.peak() }
  } finally {
    await system.detach()
    await context.close()
  }
}

/** What the tab's process takes at most while it reads, beyond what it had before; only where the system tells (Linux). */
class Memory {
  private constructor(private readonly before: Map<number, number>) {}

  static async of(system: CDPSession): Promise<Memory> {
    const { processInfo } = await system.send('SystemInfo.getProcessInfo')
    const before = new Map<number, number>()
    for (const { id, type } of processInfo) {
      if (type !== 'renderer') continue
      try {
        // Sets the high water mark back to what is in use.
        writeFileSync(`/proc/${id}/clear_refs`, '5')
        before.set(id, statusBytes(id, 'VmRSS'))
      } catch {
        // No such system, or no permission: there is no number then.
      }
    }
    return new Memory(before)
  }

  peak(): number | null {
    const growth = [...this.before].map(([id, bytes]) => {
      try {
        return statusBytes(id, 'VmHWM') - bytes
      } catch {
        return 0
      }
    })
    return growth.length > 0 ? Math.max(...growth) : null
  }
}

function statusBytes(process: number, key: string): number {
  const found = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${process}/status`, 'utf8'))
  if (!found) throw new Error(`no ${key}`)
  return Number(found[1]) * 1024
}

/** A page of the same origin with nothing but PapaParse, and without the page's security policy, which stands against its worker. */
async function openBlank(page: Page): Promise<void> {
  const script = readFileSync(PAPAPARSE, 'utf8')
  await page.route('**/papaparse.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }))
  await page.route('**/blank.html', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><script src="papaparse.js"></script>' }),
  )
  await page.goto('./blank.html')
  await addInput(page)
}

/** An input of files that belongs to nobody. */
const addInput = (page: Page) =>
  page.evaluate(() => {
    const input = document.createElement('input')
    input.type = 'file'
    input.id = 'bench'
    document.body.append(input)
  })

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
