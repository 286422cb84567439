// The KL of each dimension, epoch by epoch, as files.
//
// In: the spectrum that the page draws on a canvas. Out: the text of an SVG with a rectangle for each cell, an axis of epochs and a scale of
// the colour, and rows for a CSV.

import type { Table } from '../../shell/export/table-files'
import { escaped } from '../../shell/export/chart-svg'
import { count } from '../../shell/format'
import type { Spectrum } from './looks'

export interface HeatWords {
  title: string
  epoch: string
  dimension: string
  least: string
  most: string
}

export interface HeatColours {
  cell: string
  ink: string
  paper: string
}

const WIDTH = 720
const HEIGHT = 420
const MARGIN = { left: 24, right: 24, top: 48, bottom: 72 }
const SCALE = { width: 120, height: 12, steps: 24 }
/** Most epochs that are named under the picture. */
const MOST_NAMES = 12

/** How strongly a cell is coloured, 0 to 1: the root, so that small values are told from none. */
export const strength = (kl: number, most: number): number => (most > 0 ? Math.sqrt(Math.max(0, kl) / most) : 0)

export function heatSvg({ epochs, dimensions, kl, most }: Spectrum, words: HeatWords, { cell, ink, paper }: HeatColours): string {
  const across = (WIDTH - MARGIN.left - MARGIN.right) / Math.max(1, epochs.length)
  const down = (HEIGHT - MARGIN.top - MARGIN.bottom) / Math.max(1, dimensions.length)
  const box = (x: number, y: number, width: number, height: number, share: number) =>
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${cell}" fill-opacity="${round(share)}"/>`
  const cells = kl.flatMap((row, y) =>
    row.map((value, x) => box(MARGIN.left + x * across, MARGIN.top + y * down, across, down, strength(value, most))),
  )
  const every = Math.ceil(epochs.length / MOST_NAMES)
  const names = epochs.flatMap((epoch, at) =>
    at % every === 0 ? [text(MARGIN.left + (at + 0.5) * across, HEIGHT - MARGIN.bottom + 18, count(epoch), 'middle')] : [],
  )
  const low = HEIGHT - 18
  const right = WIDTH - MARGIN.right - 90
  const scale = Array.from({ length: SCALE.steps }, (_, at) =>
    box(
      right - SCALE.width + (at * SCALE.width) / SCALE.steps,
      low - 10,
      SCALE.width / SCALE.steps,
      SCALE.height,
      strength(at + 1, SCALE.steps),
    ),
  )
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${paper}"/>`,
    text(MARGIN.left, 28, words.title, 'start', 16, 600),
    ...cells,
    ...names,
    text(MARGIN.left, low, words.epoch, 'start'),
    ...scale,
    text(right - SCALE.width - 8, low, words.least, 'end'),
    text(right + 8, low, words.most, 'start'),
  ]
  const size = `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} fill="${ink}"><title>${escaped(words.title)}</title>${parts.join('')}</svg>\n`
}

export const heatTable = ({ epochs, dimensions, kl }: Spectrum, { title, epoch, dimension }: HeatWords): Table => ({
  caption: title,
  header: [dimension, ...epochs.map((at) => `${epoch} ${at}`)],
  rows: kl.map((row, at) => [(dimensions[at] ?? 0) + 1, ...row]),
})

const round = (value: number) => Math.round(value * 100) / 100
const text = (x: number, y: number, words: string, anchor: string, size = 13, weight = 400) =>
  `<text x="${round(x)}" y="${round(y)}" font-family="system-ui, sans-serif" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}">${escaped(words)}</text>`
