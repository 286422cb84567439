// What other browsers lack, do otherwise or ask for, brought about in Chromium. The journeys of `engines/` run in those browsers themselves.

import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining } from './page'

test('a browser that calls its language "C" shows the page', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'language', { value: 'C', configurable: true }))
  await page.goto('./?device=cpu')
  await at(page, 'data')
  await expect(page.getByRole('button', { name: 'Load example' })).toBeVisible()
})

test('a browser that lacks what the page needs is told so in place of the page', async ({ page }) => {
  await page.addInitScript(() => {
    const supports = CSS.supports.bind(CSS)
    CSS.supports = (...words: string[]) => !words.join().includes(':has') && supports(...(words as [string]))
  })
  await page.goto('./')
  await expect(page.getByRole('alert').first()).toHaveText(
    'This browser is too old for ContrastVAE Lab, since it lacks: :has(). Please update it, or open the page in a current Chrome, Edge, Firefox or Safari.',
  )
  await expect(page.locator('#app > *')).toHaveCount(2)
})

/** Counts the drawings of each canvas, and gives the page few frames. */
async function withFewFrames(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const clear = CanvasRenderingContext2D.prototype.clearRect
    CanvasRenderingContext2D.prototype.clearRect = function (...rest) {
      if (this.canvas instanceof HTMLCanvasElement) this.canvas.dataset.drawings = String(Number(this.canvas.dataset.drawings ?? 0) + 1)
      clear.apply(this, rest)
    }
    // About as many as a software WebGL leaves a page beside a run.
    window.requestAnimationFrame = (frame) => window.setTimeout(() => frame(performance.now()), 140)
  })
}

test('with few frames every chart of the loss is drawn again and again, and none is made anew', async ({ page }) => {
  await withFewFrames(page)
  await page.goto('./?device=cpu&map=canvas')
  await loadExample(page)
  await startTraining(page, { training: { epochs: 200 } })
  await at(page, 'train')
  const canvases = page.locator('#loss .plot canvas')
  await expect(page.getByTestId('loss-shares').locator('canvas')).toBeVisible()
  await expect(canvases).toHaveCount(6)
  const drawings = () => canvases.evaluateAll((all) => all.map((canvas) => Number((canvas as HTMLCanvasElement).dataset.drawings ?? 0)))
  const first = await canvases.elementHandles()
  const before = await drawings()
  // Ten more of the first chart are as many, or nearly, of each: one that is starved or made anew falls behind.
  await expect
    .poll(async () => Math.max(...(await drawings()).map((now, at) => now - (before[at] ?? 0))), { timeout: 90_000 })
    .toBeGreaterThan(9)
  const more = (await drawings()).map((now, at) => now - (before[at] ?? 0))
  expect(Math.min(...more), String(more)).toBeGreaterThan(4)
  for (const canvas of first) expect(await canvas.evaluate((one) => one.isConnected)).toBe(true)
})

test('the browser is asked not to clear the storage by a button alone', async ({ page }) => {
  await page.addInitScript(() => {
    const asked = { times: 0, promised: false }
    Object.assign(window, { asked })
    StorageManager.prototype.persisted = () => Promise.resolve(asked.promised)
    StorageManager.prototype.persist = () => Promise.resolve((asked.promised = ++asked.times > 0))
  })
  const asked = () => page.evaluate(() => (window as unknown as { asked: { times: number } }).asked.times)
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 2 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'about')
  await expect(page.getByTestId('kept')).toContainText('Saved at')
  await expect(page.getByTestId('persistent')).toContainText('The browser may clear this storage')
  expect(await asked()).toBe(0)
  await page.getByRole('button', { name: 'Ask this browser not to clear it' }).click()
  await expect(page.getByTestId('persistent')).toContainText('The browser promised not to clear this storage')
  expect(await asked()).toBe(1)
})

test('a worker that hears nothing of a refusal is no alarm', async ({ page, context }) => {
  // As in WebKit, whose policy holds in a worker, but which tells the worker nothing.
  await context.route(/worker-[^/]*\.js/, async (route) => {
    const answer = await route.fetch()
    const deaf = `addEventListener('securitypolicyviolation', (event) => event.stopImmediatePropagation());\n`
    await route.fulfill({ response: answer, body: deaf + (await answer.text()) })
  })
  await page.goto('./?device=cpu')
  await expect(page.getByTestId('device')).toContainText('CPU')
  await at(page, 'about')
  await page.getByRole('button', { name: 'Try to send “test” elsewhere' }).click()
  const trial = page.getByTestId('trial')
  await expect(trial).toContainText('Nothing was sent')
  await expect(trial.getByRole('listitem').filter({ hasText: 'From the worker, by fetch' })).toContainText('failed, no reason told')
  await expect(trial.getByRole('listitem').filter({ hasText: 'From the page, by fetch' })).toContainText('refused (connect-src)')
  await expect(trial).not.toContainText('does not hold')
})

test('without any storage, as in some private windows, a run goes on and one sentence says that it is not kept', async ({ page }) => {
  await page.addInitScript(() => {
    StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('private', 'SecurityError'))
    IDBFactory.prototype.open = () => {
      throw new DOMException('private', 'SecurityError')
    }
  })
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, SMALL)
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'about')
  await expect(page.getByTestId('keep-problem')).toContainText('This browser offers this page no storage, so the run is not saved')
  await expect(page.getByTestId('message')).toHaveCount(0)
})
