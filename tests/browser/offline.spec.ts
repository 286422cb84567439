// After the first visit the page opens and trains without a network; a newer version never takes an open page away.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'

import { expect, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining } from './page'
import { TYPES } from './media-types'

test.use({ serviceWorkers: 'allow' })

test('after one visit the page opens, loads the example and trains without a network', async ({ page, context }) => {
  await page.goto('./?device=cpu&stage=data')
  await expect(page.getByTestId('keeping')).toHaveAttribute('data-state', 'kept')
  await page.getByText('繁體中文', { exact: true }).click()
  await expect(page.getByRole('button', { name: '載入範例' })).toBeVisible()
  await context.setOffline(true)
  const asked: string[] = []
  await page.goto('./?device=cpu&lang=en#v=1&training.epochs=2')
  context.on('requestfailed', (request) => asked.push(request.url()))
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 2 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  const { validation } = await page.evaluate(() => window.contrastvae.metrics())
  expect(validation.map(({ epoch }) => epoch)).toEqual([1, 2])
  expect(asked.filter((url) => !url.endsWith('local-data.json'))).toEqual([])
  // What came out of the cache is told from what came over the network.
  await at(page, 'about')
  await page.getByText('Every request, as this browser recorded it').click()
  await expect(page.getByTestId('request-list').getByRole('row', { name: /model code contrastvae_bg/ })).toContainText('from this browser')
  // All of it goes when the visitor says so.
  expect(await page.evaluate(() => caches.keys())).toHaveLength(2)
  await page.getByRole('button', { name: 'Delete what is kept' }).click()
  await expect(page.getByTestId('keeping')).toHaveAttribute('data-state', 'impossible')
  expect(await page.evaluate(() => caches.keys())).toEqual([])
  expect(await page.evaluate(() => localStorage.length)).toBe(0)
})

/** A server of its own, whose files can be changed while the page is open. */
function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.replace(/\/$/, '/index.html')
    try {
      const body = readFileSync(join(folder, path))
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'cache-control': 'no-cache' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

test('a newer version waits while there is a run, and comes when it is asked for', async ({ page, context }) => {
  const folder = mkdtempSync(join(tmpdir(), 'contrastvae-offline-'))
  cpSync('dist', folder, { recursive: true })
  const server = await serve(folder)
  try {
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/?device=cpu`)
    await expect(page.getByTestId('keeping')).toHaveAttribute('data-state', 'kept')
    await loadExample(page)
    await startTraining(page, { ...SMALL, training: { epochs: 200 } })
    await page.getByRole('button', { name: 'Pause' }).click()
    await expect(page.getByTestId('state')).toHaveText('Paused')

    // The next version: another name on the page, and a service worker that knows it.
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    writeFileSync(join(folder, 'index.html'), html.replace('<body>', '<body data-version="next">'))
    const worker = readFileSync(join(folder, 'service-worker.js'), 'utf8')
    writeFileSync(
      join(folder, 'service-worker.js'),
      worker.replace(/("?url"?:\s*[`"']index\.html[`"'],\s*"?revision"?:\s*[`"'])\w+/, '$1next'),
    )
    expect(readFileSync(join(folder, 'service-worker.js'), 'utf8')).not.toBe(worker)
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update())

    const notice = page.getByTestId('new-version')
    await expect(notice).toContainText('A new version of this page is ready')
    await expect(notice).toContainText('save a checkpoint first')
    expect((await page.evaluate(() => window.contrastvae.state())).state).toBe('paused')

    // Another tab would lose its files under its feet, so nothing happens while there is one.
    const other = await context.newPage()
    await other.goto(page.url())
    await expect(other.locator('body')).not.toHaveAttribute('data-version', 'next')
    await page.bringToFront()
    await page.getByRole('button', { name: 'Reload with the new version' }).click()
    await expect(notice).toContainText('One other tab has this page open')
    expect((await page.evaluate(() => window.contrastvae.state())).state).toBe('paused')

    await other.close()
    await page.getByRole('button', { name: 'Reload with the new version' }).click()
    await expect(page.locator('body')).toHaveAttribute('data-version', 'next')
    await at(page, 'data')
    await expect(page.getByRole('button', { name: 'Load example' })).toBeVisible()
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  }
})
