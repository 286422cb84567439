// Nothing leaves the tab: every request goes to the page's own origin, and the browser forbids any other, worker included.

import { expect, test } from '@playwright/test'

import { at, loadExample, sessionWorker, SMALL, startTraining } from './page'

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
  await at(page, 'use')
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
  // A refusal could also be for want of a network, so the worker's own report of the violation counts.
  const worker = await sessionWorker(page)
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
})

test('the page shows what it asked for, and that nothing can be sent elsewhere', async ({ page, baseURL }) => {
  const seen: string[] = []
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url())) seen.push(request.url())
  })
  await page.goto('./?device=cpu')
  await at(page, 'about')
  await expect(page.getByTestId('device')).toContainText('CPU')
  await expect(page.getByTestId('requests')).toContainText(`all of them to ${new URL(baseURL ?? '').origin}`)
  // What the browser's own tools see, the list shows, the worker's requests included.
  await page.getByText('Every request, as this browser recorded it').click()
  const list = page.getByTestId('request-list')
  await expect(list.getByRole('row', { name: /model code contrastvae_bg.* worker/ })).toBeVisible()
  await page.waitForLoadState('networkidle')
  const files = await list.locator('td.file').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title')))
  const unseen = seen.filter((url) => !files.includes(url) && !/\.webmanifest$|\/icons\//.test(url))
  expect(unseen).toEqual([])

  await page.getByRole('button', { name: 'Try to send “test” elsewhere' }).click()
  const trial = page.getByTestId('trial')
  await expect(trial).toContainText('Each attempt was refused by this browser.')
  await expect(trial.getByRole('listitem')).toHaveText([
    /From the page, by fetch\s*refused \(connect-src\)/,
    /From the page, by beacon\s*refused \(connect-src\)/,
    /From the page, by WebSocket\s*refused \(connect-src\)/,
    /From the page, by image\s*refused \(img-src\)/,
    /From the worker, by fetch\s*refused \(connect-src\)/,
    /From the worker, by WebSocket\s*refused \(connect-src\)/,
  ])
  // What was refused is no request that was made, even where the browser records it.
  await expect(page.getByTestId('requests')).toContainText('all of them to')
  for (const row of await list.getByRole('row', { name: /example\.org/ }).all()) await expect(row).toContainText('refused')
})

test.describe('where the policy is missing', () => {
  test('the trial says so', async ({ page, context }) => {
    // As a broken copy of the page, or a browser that knows no policies, would be.
    await context.route('**/', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({
        response: answer,
        body: (await answer.text()).replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
      })
    })
    await context.route(/example\.org/, (route) => route.fulfill({ body: '' }))
    await page.goto('./')
    await expect(page.getByTestId('device')).toContainText('CPU')
    await at(page, 'about')
    await page.getByRole('button', { name: 'Try to send “test” elsewhere' }).click()
    const trial = page.getByTestId('trial')
    await expect(trial).toContainText('this browser does not hold to the policy')
    await expect(trial.getByRole('listitem').filter({ hasText: 'by fetch' })).toHaveText([/page.*sent$/, /worker.*sent$/])
    await expect(page.getByRole('alert').filter({ hasText: 'went to another place' })).toBeVisible()
  })
})
