// Dots placed among landmarks, beside those of a layout of all. `MAP_DOTS=100000 npx vitest run --config www/vite.config.ts landmarks` also
// measures larger maps, whose table stands in docs/map.md.

import { describe, expect, test } from 'vitest'

import type { Job, Report, Trust } from './arrange'
import { anchorsOf, chosenRows, placed, placedOne, rowsOf } from './landmarks'
import { withMoment } from './layouts.svelte'
import type { Matrix } from './nearest'
import { sheets } from './sheets.fixture'
import { work } from './work'

const WIDTH = 16

function finish<Result>(pieces: Generator<number, Result>): Result {
  for (;;) {
    const piece = pieces.next()
    if (piece.done) return piece.value
  }
}

/** A job to its end: the last points, how far they can be trusted, seconds of one core, and the phases that were told. */
function done(job: Job): { points: Float32Array; trust: Trust; seconds: number; phases: Set<string> } {
  let last: Extract<Report, { report: 'points' }> | null = null
  const phases = new Set<string>()
  const began = process.cpuUsage()
  work(job, (report) => {
    if (report.report === 'progress') phases.add(report.phase)
    if (report.report === 'points' && report.done) last = report
  })
  const { points, trust } = last as unknown as { points: Float32Array; trust: Trust }
  return { points, trust, seconds: process.cpuUsage(began).user / 1e6, phases }
}

const tsne = ({ values, dimensions }: Matrix & { values: Float32Array<ArrayBuffer> }, landmarks: number) =>
  done({ method: 'tsne', values, dimensions, seed: 1, landmarks, perplexity: 30 })
const umap = ({ values, dimensions }: Matrix & { values: Float32Array<ArrayBuffer> }, landmarks: number) =>
  done({ method: 'umap', values, dimensions, seed: 1, landmarks, neighbours: 15, distance: 0.1 })

describe('landmarks', () => {
  test('are as many as asked for, one of each part, and of no rhythm of the rows', () => {
    const rows = chosenRows(1000, 125, 1)
    expect(rows).toHaveLength(125)
    rows.forEach((row, i) => expect([row >= 8 * i, row < 8 * (i + 1)]).toEqual([true, true]))
    expect(new Set(Array.from(rows, (row) => row % 8)).size).toBe(8)
    expect(chosenRows(1000, 125, 1)).toEqual(rows)
    expect([...chosenRows(3, 9, 1)]).toEqual([0, 1, 2])
  })

  test('anchor a row by their distances: the nearest most, and one that lies on a landmark there alone', () => {
    const line = { values: Float32Array.of(0, 1, 3, 7), dimensions: 1 }
    const { landmarks, weights } = finish(anchorsOf({ values: Float32Array.of(2.5, 3), dimensions: 1 }, line, 3))
    expect([...landmarks.subarray(0, 3)]).toEqual([2, 1, 0])
    // 1 / 0.25, 1 / 2.25 and 1 / 6.25, over their sum.
    const sum = 4 + 1 / 2.25 + 1 / 6.25
    ;[4, 1 / 2.25, 1 / 6.25].forEach((share, i) => expect(weights[i]).toBeCloseTo(share / sum, 6))
    expect(weights[3]).toBeCloseTo(1, 6)
    const points = placed({ count: 3, landmarks, weights }, [0, 0, 10, 0, 20, 4, 30, 0])
    expect(points[2]).toBeCloseTo(20, 4)
    expect(points[3]).toBeCloseTo(4, 4)
    const one = placedOne(Float32Array.of(2.5), { values: line.values, points: Float32Array.of(0, 0, 10, 0, 20, 4, 30, 0) })
    expect(one?.[0]).toBeGreaterThan(10)
    expect(placedOne(Float32Array.of(1, 2), { values: line.values, points: new Float32Array(8) })).toBeNull()
  })
})

describe('a map of landmarks', () => {
  const matrix = sheets(600, WIDTH)
  const full = tsne(matrix, 600)
  const part = tsne(matrix, 200)

  test('has every dot, keeps neighbours nearly as well as a layout of all, and tells how well', () => {
    expect(full.trust.placed).toBeNull()
    expect(full.phases.has('placing')).toBe(false)
    expect(part.points).toHaveLength(1200)
    expect(part.points.every((value) => Number.isFinite(value) && Math.abs(value) <= 1)).toBe(true)
    const [laid, others, all] = [part.trust.laid, part.trust.placed, full.trust.laid]
    if (!laid || !others || !all) throw new Error('too few points')
    expect(all.trust).toBeGreaterThan(0.99)
    expect(others.trust).toBeGreaterThan(0.98)
    expect(others.kept).toBeGreaterThan(0.6 * all.kept)
    // It would be 0.5 and next to nothing if rows and points were mixed up.
    expect(laid.trust).toBeGreaterThan(0.98)
  })

  test('takes rows of another moment to where those like them are', () => {
    const chosen = chosenRows(600, 200, 1)
    const landmarks = rowsOf(matrix, chosen).values
    const points = rowsOf({ values: part.points, dimensions: 2 }, chosen).values
    const moved = { values: matrix.values.map((value, i) => value + 0.02 * Math.sin(i)), dimensions: WIDTH }
    const place = (values: Float32Array<ArrayBuffer>) => done({ method: 'place', values, dimensions: WIDTH, seed: 1, landmarks, points })
    const [same, later] = [place(matrix.values), place(moved.values)]
    // What was laid out stays where it is, what was placed comes to the same place.
    same.points.forEach((value, i) => expect(value).toBeCloseTo(part.points[i] ?? NaN, 4))
    expect(later.trust.placed?.trust).toBeGreaterThan(0.97)
    const apart = Array.from({ length: 600 }, (_, row) =>
      Math.hypot(
        (later.points[2 * row] ?? 0) - (same.points[2 * row] ?? 0),
        (later.points[2 * row + 1] ?? 0) - (same.points[2 * row + 1] ?? 0),
      ),
    ).sort((a, b) => a - b)
    expect(apart[300]).toBeGreaterThan(0)
    expect(apart[540]).toBeLessThan(0.1)
  })
}, 120_000)

test('of moments the first of each epoch stay, the latest, and the one that was laid out', () => {
  const seen = [0, 1, 32, 40, 64, 70].map((step) => ({ step, epoch: Math.floor(step / 32) }))
  const steps = (always?: number) => seen.reduce((kept: typeof seen, one) => withMoment(kept, one, always), []).map(({ step }) => step)
  expect(steps()).toEqual([0, 32, 64, 70])
  expect(steps(40)).toEqual([0, 32, 40, 64, 70])
})

test.runIf(process.env.MAP_DOTS)(
  'larger maps, measured',
  () => {
    const dots = Number(process.env.MAP_DOTS)
    const numbers = (of: Trust[keyof Trust]) => (of ? `${of.trust.toFixed(4)}, ${of.kept.toFixed(2)}` : '–')
    const told = (name: string, rows: number, { trust, seconds }: ReturnType<typeof done>) =>
      console.warn(`| ${name} | ${rows} | ${numbers(trust.laid)} | ${numbers(trust.placed)} | ${seconds.toFixed(0)} |`)
    for (const [name, layOut] of [['t-SNE', tsne] as const, ['UMAP', umap] as const]) {
      for (const width of [16, 64]) {
        const large = sheets(dots, width)
        for (const landmarks of [2000, 5000]) told(`${name}, ${landmarks} landmarks, width ${width}`, dots, layOut(large, landmarks))
      }
      const small = sheets(5000, WIDTH)
      for (const landmarks of [2000, 5000]) told(`${name}, ${landmarks} landmarks, width ${WIDTH}`, 5000, layOut(small, landmarks))
    }
  },
  3_600_000,
)
