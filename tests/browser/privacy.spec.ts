// Nothing leaves the tab: every request goes to the page's own origin, and the browser forbids any other, worker included.

import { expect, test } from '@playwright/test'

import { loadExample, SMALL, startTraining } from './page'

test('no request leaves the origin, and training needs none', async ({ page, context, baseURL }) => {
  const origin = new URL(baseURL ?? '').origin
  const foreign: string[] = []
  const all: string[] = []
  context.on('request', (request) => {
    const url = request.url()
    all.push(url)
    if (!url.startsWith(origin) && !/^(blob|data):/.test(url)) foreign.push(url)
  })
  await page.goto('./?device=cpu')
  await loadExample(page)
  await page.waitForLoadState('networkidle')
  const before = all.length
  await context.setOffline(true)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  await expect(page.getByTestId('recommendations').getByRole('listitem')).toHaveCount(10)
  expect(foreign).toEqual([])
  expect(all.slice(before)).toEqual([])
})

test('the browser refuses to send anything elsewhere, from page and from worker', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  const attempt = () =>
    fetch('https://example.org/', { method: 'POST', body: 'log', mode: 'no-cors' }).then(
      () => 'sent',
      () => 'refused',
    )
  const violations: string[] = []
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text())
  })
  expect(await page.evaluate(attempt)).toBe('refused')
  await expect.poll(() => violations.length).toBeGreaterThan(0)
  const workers = page.workers()
  expect(workers).toHaveLength(1)
  for (const worker of workers) {
    // A refusal could also be for want of a network, so the worker's own report of the violation counts.
    const told = await worker.evaluate(async () => {
      const violated = new Promise<string>((resolve) => {
        addEventListener('securitypolicyviolation', (event) => resolve((event as SecurityPolicyViolationEvent).effectiveDirective))
        setTimeout(() => resolve('none'), 3000)
      })
      const sent = await fetch('https://example.org/', { method: 'POST', body: 'log', mode: 'no-cors' }).then(
        () => 'sent',
        () => 'refused',
      )
      return { sent, directive: await violated }
    })
    expect(told).toEqual({ sent: 'refused', directive: 'connect-src' })
  }
})
