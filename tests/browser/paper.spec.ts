// Taking charts and tables along, and showing one chart large.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining } from './page'

async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

test('each chart is shown large with keys to go on, and saved as SVG, PNG and CSV; tables as CSV and LaTeX', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, SMALL)
  await expect.poll(async () => (await page.evaluate(() => window.contrastvae.state())).state).toBe('finished')
  await at(page, 'train')
  const chart = page.locator('#validation .framed')
  const menu = chart.locator('summary')
  const choose = async (item: string) => {
    await menu.click()
    await chart.getByRole('button', { name: item, exact: true }).click()
  }
  const svg = await saved(page, () => choose('Save as SVG'))
  expect(svg.bytes.toString()).toMatch(/^<svg .*This model<\/text>.*<\/svg>\n$/s)
  expect((await saved(page, () => choose('Save as PNG'))).bytes.subarray(1, 4).toString()).toBe('PNG')
  const csv = await saved(page, () => choose('Save numbers as CSV'))
  expect(csv.bytes.toString().split('\r\n')[0]).toBe('x,This model,Popularity')
  expect(csv.bytes.toString().split('\r\n')).toHaveLength(6)

  await choose('Show large')
  const large = page.getByRole('dialog', { name: 'Presentation' })
  await expect(large.getByRole('heading')).toContainText('NDCG@20')
  expect(await large.evaluate((dialog) => getComputedStyle(dialog).fontSize)).toBe('20px')
  const { violations } = await new AxeBuilder({ page }).include('dialog').analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
  const first = await large.getByRole('heading').textContent()
  await page.keyboard.press('ArrowRight')
  await expect(large.getByRole('heading')).not.toHaveText(first ?? '')
  await page.keyboard.press('ArrowLeft')
  await expect(large.getByRole('heading')).toHaveText(first ?? '')
  // Printed, or saved as PDF by the browser, it stands by itself; without it, the stage without what can be pressed.
  await page.emulateMedia({ media: 'print', reducedMotion: 'reduce' })
  await expect(page.locator('main')).toBeHidden()
  await expect(large.getByRole('heading')).toBeVisible()
  await expect(large.locator('canvas')).toBeVisible()
  await expect(large.getByRole('button').first()).toBeHidden()
  await page.emulateMedia({ media: 'screen', reducedMotion: 'reduce' })
  await page.keyboard.press('Escape')
  await expect(large).toHaveCount(0)
  await page.emulateMedia({ media: 'print', reducedMotion: 'reduce' })
  await expect(page.locator('#validation table')).toBeVisible()
  for (const pressed of [page.locator('nav'), page.getByRole('button', { name: 'Start training' }), menu])
    await expect(pressed).toBeHidden()
  await page.emulateMedia({ media: 'screen', reducedMotion: 'reduce' })

  await at(page, 'compare')
  const runs = page.locator('#runs')
  await runs.getByLabel('Name of the run').fill('My first & best run')
  await runs.getByLabel('Name of the run').press('Tab')
  const table = await saved(page, () => runs.getByRole('button', { name: 'Save as CSV' }).click())
  const [header, own] = table.bytes.toString().split('\r\n')
  expect(header).toMatch(/^Run,Best epoch,Recall@20,.*NDCG@20/)
  expect(own).toMatch(/^My first & best run,\d of 3,0\.\d{4}/)
  const latex = await saved(page, () => runs.getByRole('button', { name: 'Save as LaTeX' }).click())
  expect(latex.bytes.toString()).toContain('My first \\& best run & ')
  expect(latex.bytes.toString()).toContain('\\toprule')

  // A run is cited by version, configuration and seed, and its link begins the same again.
  const cite = page.getByTestId('cite')
  await cite.locator('summary').click()
  const link = await cite.locator('[data-cite=address]').inputValue()
  const address = new URL(link)
  expect(address.searchParams.get('made-by')).toMatch(/^\d+\.\d+\.\d+/)
  expect(Object.fromEntries(new URLSearchParams(address.hash.slice(1)))).toMatchObject({
    seed: '42',
    'model.hidden_size': '16',
    'training.epochs': '3',
  })
  await expect(cite.locator('[data-cite=sentence]')).toHaveValue(/run “My first & best run”, seed 42, on Example bookshop \(1000 users/)
  await expect(cite.locator('[data-cite=bibtex]')).toHaveValue(/^@software\{contrastvae-lab,/)
  await page.goto('about:blank')
  await page.goto(link.replace(/made-by=[^&]*/, 'made-by=0.0.1'))
  await expect(page.getByTestId('message')).toContainText('made by version 0.0.1')
  await expect(page.getByLabel('Epochs')).toHaveValue('3')
})
