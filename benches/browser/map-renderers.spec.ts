// What draws the map beside what it was compared with: frames a second with 10,000, 100,000 and 1,000,000 generated dots, in the same
// browser, one renderer after the other.
//
// In: the network, once, for the packages of `renderers/package.json`. Out: BENCH_OUT, where the numbers go, and a table. BENCH_DOTS takes
// other numbers of dots.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { type Browser, test } from '@playwright/test'
import { build } from 'vite'

const DOTS = (process.env.BENCH_DOTS ?? '10000,100000,1000000').split(',').map(Number)
const FOLDER = resolve(import.meta.dirname, 'renderers')
/** Where the packages lie, which no other part of the project knows. */
const PACKAGES = resolve(import.meta.dirname, '../../target/bench/renderers')
const PEERS = ['regl', 'regl-scatterplot', 'pub-sub-es']
/** Bytes of a PNG that shows dots; an empty page takes a tenth. */
const LEAST_PICTURE = 40_000
const PLACE = 'http://bench.localhost'

interface Frames {
  frames_a_second: number
  nine_of_ten: number
}

interface Result {
  renderer: string
  dots: number
  milliseconds_to_first_frame: number
  pan: Frames
  glide: Frames | null
  point: Frames | null
  /** Of the tab and of the process of the graphics card, beyond an empty page; null but on Linux. */
  megabytes: number | null
}

test('what draws the map, beside others', async ({ browser }) => {
  install()
  const script = await bundle()
  const results: Result[] = []
  for (const dots of DOTS) {
    for (const address of ['renderer=own&map=webgl', 'renderer=own&map=canvas', 'renderer=regl', 'renderer=atlas']) {
      results.push(await measure(browser, script, `${address}&dots=${dots}`))
      console.log(row(results[results.length - 1] as Result))
    }
  }
  const told = { browser: `${browser.browserType().name()} ${browser.version()}`, card: await card(browser), results }
  console.log(['', `${told.browser}, ${told.card}`, '', HEADING, ...results.map(row), ''].join('\n'))
  if (process.env.BENCH_OUT) writeFileSync(process.env.BENCH_OUT, `${JSON.stringify(told, null, 2)}\n`)
})

function install(): void {
  const lock = 'package-lock.json'
  const same = existsSync(`${PACKAGES}/${lock}`) && readFileSync(`${PACKAGES}/${lock}`).equals(readFileSync(`${FOLDER}/${lock}`))
  if (same && existsSync(`${PACKAGES}/node_modules`)) return
  mkdirSync(PACKAGES, { recursive: true })
  for (const file of ['package.json', lock, '.npmrc']) cpSync(`${FOLDER}/${file}`, `${PACKAGES}/${file}`)
  execFileSync('npm', ['ci'], { cwd: PACKAGES, stdio: 'inherit' })
}

async function bundle(): Promise<string> {
  const modules = `${PACKAGES}/node_modules`
  const nothing = '\0nothing'
  const built = await build({
    configFile: false,
    logLevel: 'error',
    resolve: {
      alias: [
        ...PEERS.map((name) => ({ find: new RegExp(`^${name}$`), replacement: `${modules}/${name}` })),
        { find: 'embedding-atlas/component', replacement: `${modules}/embedding-atlas/dist/component.js` },
      ],
    },
    plugins: [
      {
        // Its other component takes dots from a database in the page, which this one needs nothing of.
        name: 'without-a-database',
        enforce: 'pre',
        resolveId: (name) => (name.startsWith('@uwdata/') ? nothing : null),
        load: (name) => (name === nothing ? 'export const coordinator = 0, isSelection = () => false, makeClient = 0' : null),
      },
    ],
    build: { write: false, minify: false, lib: { entry: `${FOLDER}/page.js`, formats: ['es'], fileName: 'page' } },
  })
  const outputs = [built].flat().flatMap((one) => ('output' in one ? one.output : []))
  const page = outputs.find((one) => one.type === 'chunk' && one.isEntry)
  if (page?.type !== 'chunk') throw new Error('Vite made no script')
  return page.code
}

async function measure(browser: Browser, script: string, query: string): Promise<Result> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 760 } })
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(`${query}: ${error.message}`))
  await page.route(`${PLACE}/**`, (route) =>
    new URL(route.request().url()).pathname === '/page.js'
      ? route.fulfill({ contentType: 'text/javascript', body: script })
      : route.fulfill({
          contentType: 'text/html',
          body: '<!doctype html><meta charset="utf-8"><style>main { width: 960px; height: 720px } canvas { width: 960px; height: 720px }</style><main></main>',
        }),
  )
  try {
    await page.goto(`${PLACE}/?${query}`)
    const before = await memory(browser)
    await page.addScriptTag({ url: '/page.js', type: 'module' })
    await page.waitForFunction(() => 'bench' in window)
    const result = await page.evaluate(() => (window as unknown as { bench: { run: () => Promise<Result> } }).bench.run())
    const after = await memory(browser)
    // Whoever draws nothing is quick.
    const blank = (await page.screenshot()).length < LEAST_PICTURE
    return {
      ...result,
      renderer: blank ? `${result.renderer}: blank` : result.renderer,
      megabytes: before !== null && after !== null ? (after - before) / 1e6 : null,
    }
  } finally {
    await context.close()
  }
}

/** Bytes of all tabs and of the process of the graphics card. */
async function memory(browser: Browser): Promise<number | null> {
  if (process.platform !== 'linux') return null
  const system = await browser.newBrowserCDPSession()
  const { processInfo } = await system.send('SystemInfo.getProcessInfo')
  await system.detach()
  return processInfo
    .filter(({ type }) => /renderer|gpu/i.test(type))
    .reduce((sum, { id }) => {
      const held = existsSync(`/proc/${id}/status`) ? /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/status`, 'utf8')) : null
      return sum + Number(held?.[1] ?? 0) * 1024
    }, 0)
}

async function card(browser: Browser): Promise<string> {
  const page = await browser.newPage()
  const name = await page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl2')
    const names = gl?.getExtension('WEBGL_debug_renderer_info')
    return String((names && gl?.getParameter(names.UNMASKED_RENDERER_WEBGL)) ?? 'no WebGL2')
  })
  await page.close()
  return name
}

const HEADING = [
  'renderer'.padEnd(30),
  'dots'.padStart(9),
  ...['pan f/s', '90 % ms', 'glide f/s', 'point f/s', 'start ms', 'MB'].map((one) => one.padStart(10)),
].join('')

function row({ renderer, dots, pan, glide, point, milliseconds_to_first_frame, megabytes }: Result): string {
  const cell = (value: number | null | undefined, digits: number) => (value == null ? '–' : value.toFixed(digits)).padStart(10)
  return [
    renderer.padEnd(30),
    String(dots).padStart(9),
    cell(pan.frames_a_second, 1),
    cell(pan.nine_of_ten, 0),
    cell(glide?.frames_a_second, 1),
    cell(point?.frames_a_second, 1),
    cell(milliseconds_to_first_frame, 0),
    cell(megabytes, 0),
  ].join('')
}
