// A page that was built in a hurry: it tells of the faster build behind it, and a reload with that goes on with the run.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from '@playwright/test'

import { serveFolder } from './folder'
import { loadExample, startTraining, state } from './page'

let folder: string
let served: Awaited<ReturnType<typeof serveFolder>>

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contrastvae-for-now-'))
  await promisify(execFile)(
    'node',
    [
      'node_modules/vite/bin/vite.js',
      'build',
      '--config',
      'www/vite.config.ts',
      '--logLevel',
      'error',
      '--emptyOutDir',
      '--outDir',
      folder,
    ],
    { env: { ...process.env, CONTRASTVAE_FOR_NOW: '1' } },
  )
  served = await serveFolder(folder)
})

test.afterAll(async () => {
  served.close()
  await rm(folder, { recursive: true })
})

test('a page for now says when the faster build is there, and the run goes on after the reload', async ({ page }) => {
  let build = 'under way'
  await page.route('**/local-build.json', (route) => route.fulfill({ json: { state: build } }))
  await page.goto(`${served.address}/?device=cpu`)
  const notice = page.getByTestId('faster-build')
  await expect(notice).toContainText('A faster one, with WebGPU, is being made on this machine.')
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0)

  await loadExample(page)
  await startTraining(page, { model: { hidden_size: 16, max_length: 12 }, training: { epochs: 400 } })
  const epoch = async () => (await state(page)).epoch
  await expect.poll(epoch, { timeout: 60_000 }).toBeGreaterThan(0)
  build = 'ready'
  await expect(notice).toContainText('A faster build is ready. Your run is saved and goes on after the reload.')
  const before = await epoch()
  await notice.getByRole('button', { name: 'Reload with the faster build' }).click()
  await page.waitForEvent('load')

  // Nothing is pressed: the run is taken up where it was.
  await expect.poll(async () => (await state(page)).state, { timeout: 60_000 }).toBe('running')
  expect(await epoch()).toBeGreaterThanOrEqual(before)
})

test('a build that fails behind the page is told, and the page works on', async ({ page }) => {
  await page.route('**/local-build.json', (route) => route.fulfill({ json: { state: 'failed' } }))
  await page.goto(`${served.address}/?device=cpu`)
  await expect(page.getByTestId('faster-build')).toContainText('The faster build could not be made; the terminal says why.')
  await loadExample(page)
})
