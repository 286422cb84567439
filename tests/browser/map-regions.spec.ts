// What is where on the map: density, names and members of clusters, and pictures of a chosen size.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining, state } from './page'

const choose = (page: Page, label: string) => page.locator('#map').getByText(label, { exact: true }).click()
const overlay = (page: Page) => page.getByTestId('map-overlay')
const legend = (page: Page) => page.getByRole('list', { name: 'Legend' }).getByRole('button')

async function saved(page: Page, button: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
  return readFileSync(await download.path())
}

test('density and clusters say what is where, and a picture has the size that is asked for', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 3 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
  const titles = (await state(page)).summary?.items ?? 0

  // Lines round shares of the dots, of all and of one genre.
  await page.getByRole('button', { name: 'Density' }).click()
  const lines = overlay(page).locator('path.contour')
  await expect(lines).toHaveCount(5)
  await expect(page.getByTestId('map-density')).toHaveText('The lines enclose the densest 90, 70, 50, 30 and 10 % of the dots.')
  const points = await page.evaluate(async () => [...(await window.contrastvae.latents('items')).points])
  const shares = await lines.evaluateAll(
    (paths, points) =>
      paths.map((path) => {
        let inside = 0
        // In map coordinates, since the page moves them by a transformation.
        for (let i = 0; i < points.length; i += 2) {
          inside += Number((path as SVGGeometryElement).isPointInFill(new DOMPoint(points[i], points[i + 1])))
        }
        return inside / (points.length / 2)
      }),
    points,
  )
  // The filling rule of a path counts a hole as inside; there are none but small ones.
  ;[0.9, 0.7, 0.5, 0.3, 0.1].forEach((share, i) => expect(Math.abs((shares[i] ?? 0) - share)).toBeLessThan(0.06))
  const whole = await lines.first().getAttribute('d')
  await legend(page).first().click()
  await expect(page.getByTestId('map-density')).toContainText('that are singled out')
  await expect(lines.first()).not.toHaveAttribute('d', whole ?? '')

  // On the picture as well, which has the width that is asked for.
  const width = page.getByLabel('Pixels across')
  await width.fill('3000')
  const svg = (await saved(page, 'Save the map as SVG')).toString('utf8')
  expect(svg).toContain('width="3000"')
  expect(svg.match(/<path d="M/g)).toHaveLength(5)
  expect((await saved(page, 'Save the map as PNG')).readUInt32BE(16)).toBe(3000)
  await width.fill('50')
  await expect(page.locator('#map').getByRole('alert')).toHaveText('Enter a whole number from 200 to 8,000.')
  await expect(page.getByRole('button', { name: 'Save the map as PNG' })).toBeDisabled()
  await width.fill('1000')
  await expect(page.getByRole('button', { name: 'Save the map as PNG' })).toBeEnabled()
  await page.getByRole('button', { name: 'Density' }).click()
  await expect(lines).toHaveCount(0)

  // Clusters are named by what is commoner there, and tell who stands for them.
  await choose(page, 'Cluster')
  await page.getByLabel('Number of clusters').fill('4')
  await page.getByRole('button', { name: 'Find clusters' }).click()
  await expect(legend(page)).toHaveCount(4)
  const named = (await legend(page).allInnerTexts()).filter((label) => /: \S/.test(label))
  expect(named.length).toBeGreaterThan(0)
  await expect(overlay(page).locator('text.region').first()).toHaveText(/^\d \S/)
  const sizes = (await legend(page).allInnerTexts()).map((label) => Number(/\((\d+)\)/.exec(label)?.[1]))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(titles)
  await legend(page).first().click()
  const card = page.getByTestId('map-cluster')
  await expect(card.getByRole('heading')).toHaveText('Cluster 1')
  await expect(card.getByRole('button')).toHaveCount(10)
  const member = await card.getByRole('button').first().innerText()
  await card.getByRole('button').first().click()
  await expect(page.getByTestId('map-near').getByRole('heading')).toHaveText(`Nearest to ${member}`)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await new AxeBuilder({ page }).include('#map').analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
  }
  await page.setViewportSize({ width: 360, height: 740 })
  // The map takes its new width with the next frame.
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})

test('clusters of users compare their KL with that of the others', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
  await choose(page, 'Users')
  await choose(page, 'Cluster')
  await page.getByRole('button', { name: 'Find clusters' }).click()
  await expect(legend(page)).toHaveCount(6)
  await legend(page).nth(1).click()
  await expect(page.getByTestId('map-cluster')).toContainText(/Mean KL to the prior [\d.]+ nats, of the others [\d.]+ nats\./)
})
