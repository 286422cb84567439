// A line chart as an SVG file, for slides and papers.
//
// In: the data of a chart, its lines with their colours, and its name. Out: a file by itself, with a scale on both axes, the name of each
// line at its end, and no style from the page.

import { significant } from '../format'
import type { Dots } from '../plot'
import { dotNames, spread } from './names'

/** A line of the chart. */
export interface DrawnLine {
  label: string
  colour: string
  dash?: readonly number[] | undefined
  values: readonly (number | null | undefined)[]
}

export interface Chart {
  title: string
  x: readonly number[]
  lines: readonly DrawnLine[]
  /** Whether the scale of y begins at zero. */
  zero?: boolean
  /** Whether both scales are logarithmic. */
  logarithmic?: boolean
  /** Bars in place of lines, with these names. */
  bars?: readonly string[] | undefined
  /** Dots in place of lines, with these names. */
  dots?: Dots | undefined
  ink?: string
  paper?: string
}

const WIDTH = 720
const LEAST_HEIGHT = 420
const MARGIN = { left: 70, right: 170, top: 48, bottom: 44 }
const TICKS = 6
const FONT = 'system-ui, sans-serif'

export function chartSvg(chart: Chart): string {
  const { title, x, lines, zero = false, logarithmic = false, bars, dots, ink = '#1c2127', paper = '#ffffff' } = chart
  const scaleOf = logarithmic ? logScale : linearScale
  // Every line has its name beside it.
  const height = dots || bars ? LEAST_HEIGHT : Math.max(LEAST_HEIGHT, MARGIN.top + MARGIN.bottom + lines.length * NAME_HEIGHT)
  const across = bars
    ? barScale(bars.length)
    : dots?.categories
      ? categoryScale(dots.categories.length)
      : scaleOf(x, false, MARGIN.left, WIDTH - MARGIN.right)
  const values = lines.flatMap((line) => line.values.filter(isNumber))
  const up = scaleOf(values, zero || bars !== undefined, height - MARGIN.bottom, MARGIN.top)
  const parts = [
    `<rect width="${WIDTH}" height="${height}" fill="${paper}"/>`,
    text(MARGIN.left, 28, title, ink, 'start', 16, 600),
    ...up.ticks.map(
      (tick) =>
        `<path d="M${MARGIN.left} ${up.at(tick)}H${WIDTH - MARGIN.right}" stroke="${ink}" stroke-opacity="0.15"/>` +
        text(MARGIN.left - 8, up.at(tick) + 4, written(tick), ink, 'end'),
    ),
    ...across.ticks.map((tick) =>
      text(across.at(tick), height - MARGIN.bottom + 20, (bars ?? dots?.categories)?.[tick] ?? written(tick), ink, 'middle'),
    ),
    ...lines.map((line) => (bars ? barsOf(line, across, up) : dots ? dotsOf(line, x, dots, across, up, ink) : drawn(line, x, across, up))),
    ...(bars || dots ? [] : names(lines, up, height - MARGIN.bottom)),
    ...(dots ? [text((MARGIN.left + WIDTH - MARGIN.right) / 2, height - 4, dots.x, ink, 'middle')] : []),
  ]
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}><title>${escaped(title)}</title>${parts.join('')}</svg>\n`
}

const isNumber = (value: number | null | undefined): value is number => value != null && Number.isFinite(value)

interface Scale {
  at: (value: number) => number
  ticks: number[]
}

function linearScale(values: readonly number[], zero: boolean, from: number, to: number): Scale {
  const least = values.length > 0 ? Math.min(...values, ...(zero ? [0] : [])) : 0
  const most = values.length > 0 ? Math.max(...values) : 1
  const step = roundStep((most - least || Math.abs(most) || 1) / TICKS)
  const low = Math.floor(least / step) * step
  const high = Math.max(low + step, Math.ceil(most / step) * step)
  const count = Math.round((high - low) / step)
  return {
    at: (value) => round(from + ((value - low) / (high - low)) * (to - from)),
    ticks: Array.from({ length: count + 1 }, (_, at) => low + at * step),
  }
}

/** With a tick at each power of ten; what is not above 0 has no place. */
function logScale(values: readonly number[], _: boolean, from: number, to: number): Scale {
  const positive = values.filter((value) => value > 0)
  const low = Math.floor(Math.log10(positive.length > 0 ? Math.min(...positive) : 1))
  const high = Math.max(low + 1, Math.ceil(Math.log10(positive.length > 0 ? Math.max(...positive) : 10)))
  return {
    at: (value) => round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
    ticks: Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at)),
  }
}

/** Most names under bars. */
const MOST_NAMES = 12

function barScale(bars: number): Scale {
  const width = (WIDTH - MARGIN.right - MARGIN.left) / Math.max(1, bars)
  const every = Math.ceil(bars / MOST_NAMES)
  return {
    at: (bar) => round(MARGIN.left + (bar + 0.5) * width),
    ticks: Array.from({ length: Math.ceil(bars / every) }, (_, at) => at * every),
  }
}

/** As many places as there are names. */
function categoryScale(names: number): Scale {
  const { at } = barScale(names)
  return { at, ticks: Array.from({ length: names }, (_, tick) => tick) }
}

function barsOf(line: DrawnLine, across: Scale, up: Scale): string {
  const width = round((across.at(1) - across.at(0)) * 0.84)
  const ground = up.at(0)
  return line.values
    .map((value, at) =>
      isNumber(value)
        ? `<rect x="${round(across.at(at) - width / 2)}" y="${up.at(value)}" width="${width}" height="${round(ground - up.at(value))}" fill="${line.colour}"/>`
        : '',
    )
    .join('')
}

/** The next of 1, 2 and 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((times) => times * power >= least) ?? 10)
}

function drawn(line: DrawnLine, x: readonly number[], across: Scale, up: Scale): string {
  let path = ''
  let pen = false
  x.forEach((at, index) => {
    const value = line.values[index]
    if (isNumber(value)) path += `${pen ? 'L' : 'M'}${across.at(at)} ${up.at(value)}`
    pen = isNumber(value)
  })
  const dash = line.dash ? ` stroke-dasharray="${line.dash.join(' ')}"` : ''
  return `<path d="${path}" fill="none" stroke="${line.colour}" stroke-width="2.2" stroke-linejoin="round"${dash}/>`
}

const NAME_HEIGHT = 17

/** Names at the ends of the lines, moved apart where they would meet. */
function names(lines: readonly DrawnLine[], up: Scale, low: number): string[] {
  const ends = lines.map((line) => up.at(line.values.filter(isNumber).at(-1) ?? 0))
  const places = spread(ends, NAME_HEIGHT, MARGIN.top, Math.max(low, MARGIN.top + (lines.length - 1) * NAME_HEIGHT))
  return lines.map((line, at) => text(WIDTH - MARGIN.right + 10, (places[at] ?? 0) + 4, line.label, line.colour, 'start', 13, 600))
}

const FONT_SIZE = 12

/** Dots, each with its name for a pointer, and the names that have room. */
function dotsOf(line: DrawnLine, x: readonly number[], { names }: Dots, across: Scale, up: Scale, ink: string): string {
  const dots = x.flatMap((at, index) => {
    const value = line.values[index]
    return isNumber(value) ? [{ x: across.at(at), y: up.at(value), name: names[index] ?? '' }] : []
  })
  const circles = dots.map(
    ({ x, y, name }) =>
      `<circle cx="${x}" cy="${y}" r="5" fill="${line.colour}" fill-opacity="0.8"><title>${escaped(name)}</title></circle>`,
  )
  const named = dotNames(dots, FONT_SIZE, WIDTH - 10)
  return [...circles, ...named.map(({ x, y, text: name, end }) => text(x, y + 4, name, ink, end ? 'end' : 'start', FONT_SIZE))].join('')
}

const round = (value: number) => Math.round(value * 100) / 100
const written = (value: number) => (Math.abs(value) >= 1000 ? significant(value) : String(Number(value.toPrecision(4))))

export const escaped = (words: string) => words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

const text = (x: number, y: number, words: string, colour: string, anchor: string, size = 13, weight = 400) =>
  `<text x="${round(x)}" y="${round(y)}" fill="${colour}" font-family="${FONT}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}">${escaped(words)}</text>`
