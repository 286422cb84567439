// The latent map as a picture and as a table.

import { readFileSync } from 'node:fs'

import { expect, type Page, test } from '@playwright/test'

import type { Config } from '../../pkg/src/protocol'
import { at, loadExample, SMALL, startTraining } from './page'

async function saved(page: Page, button: string) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

/** Bytes 16 to 24 of a PNG: width and height. */
const size = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)]

test('the map is saved as SVG, PNG and TSV', async ({ page }) => {
  await page.goto('./?device=cpu')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } } as Config)
  await expect.poll(() => page.evaluate(async () => (await window.contrastvae.state()).state), { timeout: 60_000 }).toBe('finished')
  const items = await page.evaluate(async () => (await window.contrastvae.state()).summary?.items)
  await at(page, 'look')
  const step = await page.getByTestId('map-step').getAttribute('data-step')

  const svg = await saved(page, 'Save the map as SVG')
  expect(svg.name).toBe(`contrastvae-items-step${step}.svg`)
  const drawn = await page.evaluate((source) => {
    const parsed = new DOMParser().parseFromString(source, 'image/svg+xml')
    const of = (selector: string) => parsed.querySelectorAll(selector).length
    return {
      errors: of('parsererror'),
      dots: of('g[fill-opacity] circle'),
      colours: of('g[fill-opacity]'),
      title: parsed.querySelector('title')?.textContent,
    }
  }, svg.bytes.toString('utf8'))
  expect(drawn).toMatchObject({ errors: 0, dots: items, colours: 8 })
  expect(drawn.title).toContain('items after step')

  const png = await saved(page, 'Save the map as PNG')
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG')
  const [width, height] = size(png.bytes)
  expect(width).toBe(1920)
  expect(height).toBeGreaterThan(1600)
  // Eight colours of dots are on it, so it is no empty sheet.
  const colours = await page.evaluate(
    async (bytes) => {
      const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: 'image/png' }))
      const canvas = new OffscreenCanvas(image.width, image.height)
      const context = canvas.getContext('2d')
      context?.drawImage(image, 0, 0)
      const data = context?.getImageData(0, 0, image.width, 1600).data ?? []
      const seen = new Map<number, number>()
      for (let i = 0; i < data.length; i += 4) {
        const colour = ((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0)
        seen.set(colour, (seen.get(colour) ?? 0) + 1)
      }
      return [...seen.values()].filter((pixels) => pixels > 200).length
    },
    [...png.bytes],
  )
  expect(colours).toBeGreaterThanOrEqual(9)

  const [header, ...rows] = (await saved(page, 'Save the map as TSV')).bytes.toString('utf8').trimEnd().split('\n')
  expect(header).toBe('item\ttitle\tgenre\tinteractions\tx\ty')
  expect(rows).toHaveLength(items ?? 0)
  const { points, indices } = await page.evaluate(async () => {
    const { points, indices } = await window.contrastvae.latents('items')
    return { points: [...points], indices: [...indices] }
  })
  const cells = rows.map((row) => row.split('\t'))
  // The page asked for a fresh projection, whose axes are turned by a hair.
  for (const i of indices.keys()) expect(Number(cells[i]?.[4])).toBeCloseTo(points[2 * i] ?? NaN, 4)
  expect(new Set(cells.map((row) => row[0])).size).toBe(items)
})
