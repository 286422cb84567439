// The replay of the bundled recording: what it holds, what it weighs, and how it moves.

import { readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'

import { describe, expect, test } from 'vitest'

import recorded from './recording.json'
import { advanced, anchors, GRID, lastOf, momentAt, parted, positionsAt, type Recording, spreadOut } from './replay'
import { start } from './words'

const recording: Recording = recorded

describe('the recording', () => {
  test('weighs at most 60 kB as it is sent', () => {
    expect(brotliCompressSync(readFileSync(new URL('recording.json', import.meta.url))).length).toBeLessThan(60_000)
  })

  test('has a place for each item after each epoch', () => {
    expect(recording.genre).toHaveLength(recording.items)
    for (const { points } of recording.epochs) {
      expect(points).toHaveLength(2 * recording.items)
      expect(Math.max(...points.map(Math.abs))).toBeLessThanOrEqual(GRID * Math.SQRT2)
    }
  })

  test('has genres that both languages name', () => {
    for (const genre of recording.genres) expect(start.zhHant.genres[genre], genre).toBeDefined()
  })

  test('ends better than popularity, with the genres apart', () => {
    expect(momentAt(recording, lastOf(recording)).ndcg_20).toBeGreaterThan(2 * recording.popularity)
    const [first, last] = [1, lastOf(recording)].map((epoch) => parted(recording, positionsAt(recording, epoch)))
    expect(last).toBeGreaterThan(0.85)
    expect(last).toBeGreaterThan(first ?? NaN)
  })
})

describe('the replay', () => {
  test('is at an epoch what was recorded there, and on the way between two', () => {
    const [one, between, two] = [3, 3.5, 4].map((time) => positionsAt(recording, time))
    expect(one?.[0]).toBeCloseTo((recording.epochs[2]?.points[0] ?? NaN) / GRID, 6)
    expect(between?.[0]).toBeCloseTo(((one?.[0] ?? NaN) + (two?.[0] ?? NaN)) / 2, 6)
  })

  test('rests at its end and begins anew', () => {
    const last = lastOf(recording)
    expect(momentAt(recording, last + 3)).toBe(recording.epochs[last - 1])
    expect(advanced(recording, last, 100)).toBeGreaterThan(last)
    expect(advanced(recording, last + 10, 100)).toBe(1)
  })

  test('names each genre amid its items', () => {
    const positions = positionsAt(recording, lastOf(recording))
    const [first] = anchors(recording, positions)
    const own = recording.genre.flatMap((genre, item) => (genre === 0 ? [positions[2 * item] ?? NaN] : []))
    expect(first?.x).toBeCloseTo(own.reduce((sum, x) => sum + x, 0) / own.length, 4)
  })
})

test('names that would cover each other move apart and stay in the frame', () => {
  const box = { width: 80, height: 20 }
  const placed = spreadOut(
    [
      { x: 10, y: 50, ...box },
      { x: 30, y: 55, ...box },
      { x: 300, y: 52, ...box },
    ],
    320,
    200,
  )
  const [one, two, far] = placed
  expect(Math.abs((one?.y ?? 0) - (two?.y ?? 0))).toBeGreaterThanOrEqual(20 - 1e-9)
  expect(far?.y).toBe(52)
  for (const { x } of placed) expect(x).toBeGreaterThanOrEqual(40)
})
