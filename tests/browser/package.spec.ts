// The npm package by itself: packed, unpacked on a server of its own, and used by a bare page.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from '@playwright/test'

import type { createTrainer } from '../../pkg/src'
import { serveFolder } from './folder'
import { state } from './page'

const run = promisify(execFile)

let folder: string
let files: string[]
let archive: string
let served: Awaited<ReturnType<typeof serveFolder>>
let address: string

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contrastvae-package-'))
  const { stdout } = await run('npm', ['pack', join(process.cwd(), 'pkg'), '--json', '--pack-destination', folder], { maxBuffer: 1 << 24 })
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[]
  if (!packed) throw new Error('npm packed nothing')
  files = packed.files.map(({ path }) => path)
  archive = join(folder, packed.filename)
  await run('tar', ['-xzf', archive, '-C', folder])
  served = await serveFolder(join(folder, 'package'))
  address = served.address
})

test.afterAll(async () => {
  served.close()
  await rm(folder, { recursive: true })
})

test('the archive holds what is needed, and nothing of the page', () => {
  const modules = ['contrastvae.js', 'contrastvae.d.ts', 'contrastvae_bg.wasm', 'contrastvae_bg.wasm.d.ts']
  for (const file of [
    ...[
      'package.json',
      'README.md',
      'dist/LICENSE-MIT',
      'dist/LICENSE-APACHE',
      'example.html',
      'dist/index.js',
      'dist/worker.js',
      'dist/unpack-worker.js',
    ],
    ...['dist/types/index.d.ts', 'dist/types/interface.d.ts', 'dist/types/protocol.d.ts'],
    ...modules.flatMap((file) => [`dist/cpu/${file}`, `dist/gpu/${file}`, `dist/unpack/${file}`]),
  ]) {
    expect(files).toContain(file)
  }
  expect(files.filter((file) => /svelte|\.css$|\.map$|sizes\.json|stamp/.test(file))).toEqual([])
})

test('the example of the package trains two epochs and recommends', async ({ page }) => {
  await page.goto(`${address}/example.html`)
  const out = page.locator('#out')
  await expect(out).toContainText(/^NDCG@20 by epoch: 0\.\d{3}, 0\.\d{3}\n/, { timeout: 60_000 })
  expect((await out.textContent())?.split('\n')).toHaveLength(6)
})

test('a bare page can do what the page’s interface does', async ({ page }) => {
  await page.goto(`${address}/dist/LICENSE-MIT`)
  const told = await page.evaluate(async () => {
    const { createTrainer: create } = (await import(`${location.origin}/dist/index.js`)) as { createTrainer: typeof createTrainer }
    const trainer = create({ device: 'cpu' })
    const steps: number[] = []
    const leave = trainer.subscribe((event) => event.event === 'progress' && steps.push(event.step))
    const early = await trainer.start().catch((error: Error) => error.message)
    const summary = await trainer.load({ users: 150, items: 60, seed: 1 })
    const config = await trainer.configure({ model: { hidden_size: 8, max_length: 12 } }, 'avae')
    const unknown = await trainer.configure({}, 'none').catch((error: Error) => error.message)
    await trainer.step(7)
    const held = await trainer.state()
    const bytes = await trainer.checkpoint()
    await trainer.step(1)
    const first = (await trainer.metrics()).losses?.total.at(-1)
    await trainer.restore(bytes)
    const back = await trainer.state()
    await trainer.step(1)
    const again = (await trainer.metrics()).losses?.total.at(-1)
    const { validation, diagnosis } = await trainer.metrics()
    const best = await trainer.recommend([0, 1], 4)
    const byId = await trainer.recommend([best[0]?.id ?? ''], 1)
    const stranger = await trainer.recommend(['nobody'], 1).catch((error: Error) => error.message)
    const { points } = await trainer.latents('users')
    leave()
    const presets = (await trainer.presets()).map(({ name }) => name)
    trainer.close()
    const closed = await trainer.pause().catch((error: Error) => error.message)
    const words = { early, unknown, stranger, closed }
    return { summary, config, held, back, first, again, steps, validation, diagnosis, best, byId, words, points: points.length, presets }
  })
  expect(told.words.early).toMatch(/^There is nothing to train on yet/)
  expect(told.words.unknown).toMatch(/^There is no preset none; there are default, avae/)
  expect(told.words.stranger).toBe('There is no item nobody in the data.')
  expect(told.words.closed).toMatch(/\.$/)
  expect(told.config.view?.mode).toBe('avae')
  expect(told.held).toMatchObject({ state: 'paused', step: 7, device: { kind: 'cpu' } })
  expect(told.back.state).toBe('paused')
  expect(told.first).toBe(told.again)
  expect(told.steps.at(-1)).toBe(8)
  // Five steps an epoch.
  expect(told.validation.map(({ epoch }) => epoch)).toEqual([1])
  expect(told.diagnosis?.dimensions).toBe(8)
  expect(told.best.every(({ title }) => title)).toBe(true)
  expect(told.byId).toHaveLength(1)
  expect(told.points).toBe(2 * told.summary.users)
  expect(told.presets[0]).toBe('default')
})

test('an empty Vite project installs the archive, builds and trains', async ({ page }) => {
  const project = join(folder, 'project')
  await mkdir(project)
  const files = {
    'package.json': '{ "name": "empty", "private": true, "type": "module" }',
    'index.html': '<!doctype html><pre id="out"></pre><script type="module" src="./main.js"></script>',
    'main.js': `import { createTrainer } from 'contrastvae'
      const trainer = createTrainer({ device: 'cpu' })
      await trainer.load({ users: 200, items: 60 })
      await trainer.configure({ model: { hidden_size: 16 }, training: { epochs: 1 } })
      await trainer.start()
      await trainer.finished()
      document.getElementById('out').textContent = 'trained ' + (await trainer.metrics()).validation.length`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text)
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', archive], { cwd: project })
  await run('node', [join(process.cwd(), 'node_modules/vite/bin/vite.js'), 'build', '--base', './', '--outDir', '../package/built'], {
    cwd: project,
  })
  await page.goto(`${address}/built/index.html`)
  await expect(page.locator('#out')).toHaveText('trained 1', { timeout: 60_000 })
})

test('what the page offers is the same interface', async ({ page }) => {
  await page.goto(`${address}/dist/LICENSE-MIT`)
  const names = await page.evaluate(async () => {
    const { createTrainer: create } = (await import(`${location.origin}/dist/index.js`)) as { createTrainer: typeof createTrainer }
    const trainer = create({ device: 'cpu' })
    trainer.close()
    return Object.getOwnPropertyNames(Object.getPrototypeOf(trainer))
  })
  await page.goto(process.env.BASE_URL ?? 'http://localhost:8017')
  const offered = await page.evaluate(() => Object.keys(window.contrastvae))
  const own = ['reload', 'preview', 'items', 'runs']
  expect(names).toEqual(expect.arrayContaining(offered.filter((name) => !own.includes(name))))
  expect((await state(page)).state).toBe('empty')
})
