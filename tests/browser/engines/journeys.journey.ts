// The journeys: the same in each engine, by what a visitor sees and presses.

import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect } from '@playwright/test'

import type { createTrainer } from '../../../pkg/src'
import { BUILT, HAS_THREADS, lines, ROWS } from '../page'
import { test, UNBOUND } from './fixtures'
import { address, at, finished, loadExample, ndcg, open, openMenu, project, SMALL, state, train } from './steps'
import { note } from './together'

/** The page in one file. */
const FILE = process.env.SINGLE_FILE ?? resolve(import.meta.dirname, '../../../contrastvae-lab.html')
/** Warnings of the browser itself that the page can do nothing about. */
const ALLOWED = [
  // Firefox, where a page draws by WebGL and nobody has a graphics card.
  /WebGL|WEBGL/,
]

test.beforeEach(({ driver }) => {
  driver.steering.complaints()
})

/** Nothing was written to the console that somebody should read. */
function quiet(complaints: readonly string[], allowed: readonly RegExp[] = []): void {
  expect(complaints.filter((line) => ![...ALLOWED, ...allowed].some((pattern) => pattern.test(line)))).toEqual([])
}

test('the example trains for five epochs, and the curves are drawn', async ({ driver, site, engine }) => {
  await open(driver, address(site))
  await loadExample(driver)
  await train(driver, { ...SMALL, training: { epochs: 5 } })
  await at(driver, 'train')
  await finished(driver, 100_000)
  const curve = await ndcg(driver)
  expect(curve).toHaveLength(5)
  for (const value of curve) expect(value).toBeGreaterThan(0)
  note(engine, { version: driver.steering.version, ndcg: curve })
  quiet(driver.steering.complaints())
  // A chart that is drawn has ink on it.
  const inked = () =>
    driver.page(() =>
      [...document.querySelectorAll<HTMLCanvasElement>('#loss .plot canvas, #validation .plot canvas')].map((canvas) =>
        Boolean(
          canvas
            .getContext('2d')
            ?.getImageData(0, 0, canvas.width, canvas.height)
            .data.some((value) => value > 0),
        ),
      ),
    )
  await driver.until('all charts', async () => (await inked()).length > 5 && (await inked()).every(Boolean))
})

test('a run is held, stepped, resumed and ended', async ({ driver, site }) => {
  await open(driver, address(site))
  await loadExample(driver)
  await train(driver, { ...SMALL, training: { epochs: 200 } })
  await driver.click({ button: 'Pause' })
  await driver.says('[data-testid=state]', 'Paused')
  const held = (await state(driver)).step
  await driver.click({ button: 'Step' })
  await driver.until('one step', async () => (await state(driver)).step === held + 1)
  await driver.click({ button: 'Resume' })
  await driver.until('more steps', async () => (await state(driver)).step > held + 3)
  await openMenu(driver)
  await driver.click({ button: 'Stop' })
  await finished(driver)
  quiet(driver.steering.complaints())
})

test('a file with titles becomes a map, a projection and a list of what comes next', async ({ driver, site }, info) => {
  const log = info.outputPath('log.csv')
  const titles = info.outputPath('titles.csv')
  writeFileSync(log, lines('user,item,rating,timestamp', ...ROWS.map((row) => Object.values(row).join())))
  writeFileSync(
    titles,
    lines('item,title,genres', ...Array.from({ length: 20 }, (_, i) => `i${i},The ${i}th Novel,${i % 2 ? 'Odd' : 'Even'}`)),
  )
  // The drawer of the map is the page's own choice here: on the graphics card, or without one.
  await open(driver, `${site.address}/lab/?device=cpu&threads=1&keep=no`)
  await at(driver, 'data')
  await driver.files({ label: 'Log file' }, [log, titles])
  await driver.says('[data-testid=summary]', /Users ?30/)
  await train(driver, SMALL)
  await finished(driver)
  await at(driver, 'look')
  // Seen and drawn, on the graphics card or without one.
  await driver.until('the map', () =>
    driver.page(() => {
      const canvas = document.querySelector<HTMLElement>('#map canvas')
      return canvas !== null && canvas.getBoundingClientRect().width > 200
    }),
  )
  await project(driver)
  await at(driver, 'use')
  await driver.click({ button: 'Use three popular titles' })
  await driver.until(
    'ten items',
    async () => (await driver.page(() => document.querySelectorAll('[data-testid=recommendations] li').length)) === 10,
  )
  expect(await driver.text('[data-testid=recommendations]')).toMatch(/The \d+th Novel/)
  quiet(driver.steering.complaints())
})

test('a reload, and a browser that is ended, lose nothing of a run', async ({ driver, site, lab }) => {
  const page = address(site, '')
  await open(driver, page)
  await loadExample(driver)
  await train(driver, { ...SMALL, training: { epochs: 200 } })
  const kept = async () => Number(/epoch (\d+),/.exec((await lab.driver.text('[data-testid=kept]')) ?? '')?.[1] ?? 0)
  /** Goes on with what was kept, further than it was. */
  const resume = async (before: number) => {
    await lab.driver.says('[data-testid=kept-offer]', 'was kept on this machine')
    await lab.driver.click({ button: 'Resume', within: '[data-testid=kept-offer]' })
    await lab.driver.until('the run further on', async () => (await state(lab.driver)).epoch > before)
  }
  await at(driver, 'about')
  // Hidden stages have no words in sight, so what is kept is read where it stands.
  const first = await driver.until('a kept epoch', kept)
  await driver.steering.reload()
  await resume(first)
  await at(driver, 'about')
  const second = await driver.until('a later epoch', async () => ((await kept()) > first ? kept() : null))
  await lab.close()
  await lab.open()
  await open(lab.driver, page)
  await resume(second)
  const epochs = await lab.driver.page(async () => (await window.contrastvae.metrics()).validation.map(({ epoch }) => epoch))
  expect(epochs).toEqual(epochs.map((_, at) => at + 1))
  quiet(lab.driver.steering.complaints())
  await lab.driver.page(() => window.contrastvae.stop())
})

test('a checkpoint goes out as a file and comes back', async ({ driver, site }) => {
  await open(driver, address(site))
  await loadExample(driver)
  await train(driver, SMALL)
  await finished(driver)
  const before = await state(driver)
  const curve = await ndcg(driver)
  await openMenu(driver)
  await driver.click({ button: 'Save checkpoint', within: '#training' })
  const files = () => readdirSync(driver.downloads).filter((name) => name.endsWith('.zip'))
  const [name = ''] = await driver.until('the file', async () => (files().length > 0 ? files() : null))
  await open(driver, address(site))
  await loadExample(driver)
  await driver.files({ label: 'Checkpoint file' }, [join(driver.downloads, name)])
  await driver.until('the run as it was', async () => (await state(driver)).epoch === before.epoch)
  expect((await state(driver)).step).toBe(before.step)
  expect(await ndcg(driver)).toEqual(curve)
  quiet(driver.steering.complaints())
})

test('a lesson asks, waits for what is done, and comes to its end', async ({ driver, site }) => {
  await open(driver, address(site))
  await at(driver, 'start')
  // Which brings its configuration; a link to a step brings none.
  await driver.click({ button: 'Begin the lesson “Watch a VAE collapse”' })
  const card = '[data-testid=lesson]'
  const next = (name: string) => driver.click({ button: name, within: card })
  const phase = (wanted: string) =>
    driver.until(
      `the phase ${wanted}`,
      async () => (await driver.page((card) => document.querySelector<HTMLElement>(card)?.dataset.phase, card)) === wanted,
      60_000,
    )
  await driver.says(card, 'Step 1 of 6')
  await driver.click({ button: 'Load example' })
  await phase('done')
  await next('Next')
  await driver.says(card, 'Step 2 of 6')
  // The ring is around the field, which is found by what it holds.
  await driver.until('the ring', () =>
    driver.page(() => document.querySelector('.field.lesson-target #field-objective-kl_weight') !== null),
  )
  await next('Next')
  await phase('ask')
  await driver.fill({ css: `${card} input[type=number]` }, '12')
  await next('Answer')
  await phase('do')
  await driver.click({ button: 'Start training' })
  await phase('done')
  // As everywhere: the latent space has collapsed.
  await driver.says(card, 'You said: 12 active units')
  await driver.says(card, /Measured: [01] active units/)
  await next('Next')
  await next('It rose')
  await driver.says(card, 'Answer: It fell')
  await next('Next')
  await next('Do it for me')
  await phase('done')
  await next('Next')
  await driver.says(card, 'Step 6 of 6')
  await next('Popular books')
  await next('Finish')
  await driver.until('the end', () => driver.page((card) => document.querySelector(card) === null, card))
  await driver.page(() => window.contrastvae.stop())
  quiet(driver.steering.complaints())
})

test('models are compared, one after the other, until somebody gives up', async ({ driver, site }) => {
  await open(driver, address(site))
  await driver.page(() => window.contrastvae.load({ users: 150, items: 80, seed: 1 }).then(() => {}))
  await at(driver, 'compare')
  await driver.page(() => {
    for (const box of document.querySelectorAll<HTMLInputElement>('#compare .family .model input')) {
      const wanted = ['compare-popularity', 'compare-plain', 'compare-betaVae'].includes(box.id)
      if (box.checked !== wanted) box.click()
    }
  })
  await driver.fill({ css: '#compare-epochs' }, '400')
  await driver.says('[data-testid=compare-estimate]', '3 to train or rank')
  await driver.click({ button: 'Compare', within: '#compare' })
  // The yardstick is there at once; a model is under way.
  await driver.says('[data-testid=compare-progress]', 'training')
  await driver.click({ button: 'Cancel', within: '#compare' })
  await driver.says('[data-testid=compare-stopped]', 'The comparison was cancelled; the models that are done stay.')
  await driver.says('[data-testid=compare-estimate]', '3 to train or rank')
  quiet(driver.steering.complaints())
})

test('nothing leaves: the second server hears of no attempt, and would have', async ({ driver, site, outside, engine }) => {
  await open(driver, address(site))
  outside.asked.length = 0
  await at(driver, 'about')
  await driver.click({ button: 'Try to send “test” elsewhere' })
  await driver.says('[data-testid=trial]', 'From the worker, by WebSocket')
  const verdict = await driver.page(() => document.querySelector<HTMLElement>('[data-verdict]')?.dataset.verdict)
  // WebKit does not tell a worker what its policy forbids.
  expect(verdict).toBe(engine === 'webkit' ? 'unsure' : 'refused')
  expect(await driver.text('[data-testid=trial]')).toContain('From the page, by fetch refused (connect-src)')
  await driver.says('[data-testid=requests]', 'all of them to')
  const ours = () => outside.asked.filter((what) => what.includes('example.org'))
  expect(ours()).toEqual([])
  // A worker that the policy does not reach is seen, so the silence means something.
  await driver.page(
    (script) =>
      new Promise<void>((resolve) => {
        new Worker(script).onmessage = () => resolve()
      }),
    site.address + UNBOUND,
  )
  await driver.until('the control', async () => ours().length > 0)
})

test('after a visit the page opens, trains and projects without its server', async ({ driver, site }) => {
  const page = address(site, '&keep=no&stage=about')
  await open(driver, page)
  await driver.until(
    'the kept page',
    () => driver.page(() => document.querySelector('[data-testid=keeping][data-state=kept]') !== null),
    60_000,
  )
  await site.off()
  await open(driver, page)
  await loadExample(driver)
  await train(driver, SMALL)
  await finished(driver)
  await at(driver, 'look')
  await project(driver)
  // The list of data sets and a look for a newer version are asked for anew each time.
  quiet(driver.steering.complaints(), [/local-data|local-build|service-worker|NetworkError|Failed to load|ERR_|Could not connect/])
  await site.on()
})

/** Runs in the page: what sticks out of it to the right; nothing where it cannot be scrolled sideways. */
function tooWide(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth <= clientWidth) return []
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getClientRects().length > 0 && element.getBoundingClientRect().right > clientWidth + 0.5)
    .map(
      (element) =>
        `${element.tagName} ${element.className} ${Math.round(element.getBoundingClientRect().right)} ${element.textContent?.slice(0, 30)}`,
    )
}

test('another language, and a phone of 360 pixels without anything beside it', async ({ driver, site }) => {
  await open(driver, address(site))
  await loadExample(driver)
  await driver.steering.resize(360, 740)
  await driver.click({ text: '繁體中文' })
  await driver.until('Chinese', () => driver.page(() => document.documentElement.lang === 'zh-Hant'))
  for (const stage of ['start', 'data', 'train', 'look', 'use', 'compare', 'about'] as const) {
    await at(driver, stage)
    expect(await driver.page(tooWide), stage).toEqual([])
  }
  // Captions of tables that only a screen reader reads.
  await at(driver, 'data')
  const captions = await driver.page(() =>
    [...document.querySelectorAll('table.unseen > caption, caption.unseen')]
      .map((one) => one.getBoundingClientRect())
      .map(({ width, height }) => [width, height]),
  )
  expect(captions.length).toBeGreaterThan(1)
  expect(captions.filter(([width = 0, height = 0]) => width > 2 || height > 2)).toEqual([])
  await driver.click({ text: 'English' })
  await driver.until('English', () => driver.page(() => document.documentElement.lang === 'en'))
  await driver.steering.resize(1280, 900)
  quiet(driver.steering.complaints())
})

test('by the keyboard alone: a stage, the example, a run', async ({ driver, site }) => {
  await open(driver, address(site))
  await driver.page((config) => window.contrastvae.configure(config).then(() => {}), SMALL)
  /** Goes on with Tab until what has the focus is called so. */
  const reach = async (name: string) => {
    for (let presses = 0; presses < 60; presses++) {
      await driver.steering.press('Tab')
      if ((await driver.page(() => document.activeElement?.textContent?.trim())) === name) return
    }
    throw new Error(`${name} is not reached by Tab`)
  }
  await reach('Data')
  await driver.steering.press('Enter')
  await reach('Load example')
  await driver.steering.press('Enter')
  await driver.says('[data-testid=summary]', 'Users')
  await driver.page(() => (document.activeElement as HTMLElement | null)?.blur())
  await driver.page(() => document.querySelector<HTMLElement>('nav a')?.focus())
  await reach('Start training')
  await driver.steering.press('Enter')
  await finished(driver)
})

test('the npm package trains on a bare page', async ({ driver, site }) => {
  await driver.steering.goto(`${site.address}/package/dist/sizes.json`)
  const told = await driver.page(async () => {
    const { createTrainer: create } = (await import(`${location.origin}/package/dist/index.js`)) as { createTrainer: typeof createTrainer }
    const trainer = create({ device: 'cpu' })
    await trainer.load({ users: 150, items: 60, seed: 1 })
    await trainer.configure({ model: { hidden_size: 8, max_length: 12 }, training: { epochs: 1 } })
    await trainer.start()
    await trainer.finished()
    const best = await trainer.recommend([0, 1], 4)
    const { validation } = await trainer.metrics()
    trainer.close()
    return { best: best.length, epochs: validation.length }
  })
  expect(told).toEqual({ best: 4, epochs: 1 })
})

test('the page in one file opens from a disk, trains on a file, and asks for nothing', async ({ driver }, info) => {
  if (!existsSync(FILE)) throw new Error(`${FILE} is not there: cargo xtask build --single writes it`)
  const log = info.outputPath('log.csv')
  writeFileSync(log, lines('user,item,rating,timestamp', ...ROWS.map((row) => Object.values(row).join())))
  await open(driver, `${pathToFileURL(FILE).href}?device=cpu&map=canvas&keep=no`)
  await at(driver, 'data')
  await driver.files({ label: 'Log file' }, [log])
  await driver.says('[data-testid=summary]', /Users ?30/)
  await train(driver, SMALL)
  await finished(driver)
  expect((await ndcg(driver)).length).toBe(SMALL.training.epochs)
  await at(driver, 'about')
  await driver.says('[data-testid=requests]', 'No request was made')
  quiet(driver.steering.complaints())
})

test('each module compiles', async ({ driver, site, engine }) => {
  await driver.steering.goto(`${site.address}/package/dist/sizes.json`)
  const compile: Record<string, number> = {}
  for (const name of BUILT) {
    compile[name] = await driver.page(async (address) => {
      const bytes = await (await fetch(address)).arrayBuffer()
      const began = performance.now()
      await WebAssembly.compile(bytes)
      return (performance.now() - began) / 1000
    }, `${site.address}/package/dist/${name}/contrastvae_bg.wasm`)
    expect(compile[name], name).toBeGreaterThan(0)
  }
  note(engine, { compile })
})

test('several cores train where the module for them was built', async ({ driver, site }) => {
  test.skip(!HAS_THREADS, 'the module for several cores is not built: `rustup component add rust-src` brings what it is compiled with')
  await open(driver, `${site.address}/lab/?device=cpu&threads=2&map=canvas&keep=no`)
  await driver.says('[data-testid=device]', '2 cores')
  await loadExample(driver)
  await train(driver, SMALL)
  await finished(driver)
  quiet(driver.steering.complaints())
})
