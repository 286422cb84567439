// The page's plain functions; what needs a browser is tested in one, under tests/browser/.

import { describe, expect, test } from 'vitest'

import { adapterName } from './device'
import { bytes, duration, percent, significant } from './format'
import { bestPoint, LossHistory } from './history'
import { byGenre, byPopularity, leadingGenres } from './map/colours'
import { neighbour } from './map/neighbour'
import type { Config, Metrics } from './protocol'
import { flatten, fromHash, toHash, unflatten } from './settings'
import { Titles } from './titles'

const CONFIG = {
  seed: 42,
  model: { hidden_size: 32, hidden_dropout: 0.2 },
  view: { mode: 'model' },
} as Config

describe('the address', () => {
  const defaults = flatten(CONFIG)

  test('is empty for the defaults', () => {
    expect(toHash(defaults, defaults, 5)).toBe('')
  })

  test('holds what differs and gives it back', () => {
    const values = { ...defaults, seed: 7, 'model.hidden_dropout': 1e-7, 'view.mode': 'avae' }
    const hash = toHash(values, defaults, 3)
    expect(hash).toBe('#v=1&seed=7&model.hidden_dropout=1e-7&view.mode=avae&k_core=3')
    expect(fromHash(hash, defaults)).toMatchObject({ values, kCore: 3, unknown: [], otherVersion: false })
    expect(unflatten(CONFIG, values).model?.hidden_dropout).toBe(1e-7)
    expect(CONFIG.seed).toBe(42)
  })

  test('leaves out what it does not know, by name', () => {
    const found = fromHash('#v=2&model.wings=2&seed=many&k_core=0&model.hidden_size=8', defaults)
    expect(found.unknown).toEqual(['model.wings', 'seed', 'k_core'])
    expect(found.values).toEqual({ ...defaults, 'model.hidden_size': 8 })
    expect(found.otherVersion).toBe(true)
  })
})

describe('the loss history', () => {
  test('stays bounded and keeps the means', () => {
    const history = new LossHistory()
    for (let step = 1; step <= 10_000; step++) history.add(step, { total: step, reconstruction: 1, kl: 0, contrast: 2 })
    const { step, total, contrast } = history.table()
    expect(step.length).toBeLessThan(1200)
    expect(step.length).toBeGreaterThan(500)
    expect(step).toEqual([...step].sort((a, b) => a - b))
    expect(new Set(contrast)).toEqual(new Set([2]))
    // Each value is the mean of the steps that it stands for, the last of which is its step.
    const stride = (step[1] ?? 0) - (step[0] ?? 0)
    expect(total[1]).toBeCloseTo((step[1] ?? 0) - (stride - 1) / 2)
  })

  test('takes the first of the best epochs', () => {
    const point = (epoch: number, ndcg_20: number) => ({ epoch, metrics: { ndcg_20 } as Metrics, popularity: {} as Metrics, seconds: 0 })
    expect(bestPoint([point(1, 0.1), point(2, 0.3), point(3, 0.3)])?.epoch).toBe(2)
    expect(bestPoint([])).toBeUndefined()
  })
})

describe('titles', () => {
  const titles = new Titles(['Amélie', 'The Salt Harbour', 'Salt', 'A Salt Road'], Uint32Array.of(1, 9, 2, 5))

  test('are found by words, without accents, beginnings first, then by popularity', () => {
    expect(titles.search('amelie', 5)).toEqual([0])
    expect(titles.search('salt', 5)).toEqual([2, 1, 3])
    expect(titles.search('road a', 5)).toEqual([3])
    expect(titles.search('', 2)).toEqual([1, 3])
  })
})

describe('the colours of the map', () => {
  test('go to the genres with most items, the rest share one', () => {
    const genreOfItem = Int32Array.from([0, ...Array.from({ length: 9 }, (_, i) => [i + 1, i + 1]).flat()])
    const leading = leadingGenres(genreOfItem, 10)
    expect(leading).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const names = Array.from({ length: 10 }, (_, i) => `g${i}`)
    const { category, legend, colours } = byGenre(Int32Array.of(1, 8, 0, -1), leading, names, false)
    expect([...category]).toEqual([0, 7, 8, 9])
    expect(legend.map((entry) => entry.label)).toEqual(['g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7', 'g8', '2 other genres', 'Unknown'])
    expect(new Set(colours.slice(0, 8)).size).toBe(8)
  })

  test('span the popularity', () => {
    const { category, colours, scale } = byPopularity(Float32Array.of(1, 10, 100), true)
    expect([...category]).toEqual([0, colours.length / 2, colours.length - 1])
    expect(scale).toEqual({ least: 1, most: 100 })
  })
})

test('arrow keys go to the dot that lies in their direction', () => {
  const dots = { x: Float32Array.of(0, 0.5, 0.4, -1), y: Float32Array.of(0, 0, 0.6, 0), category: new Uint8Array(4) }
  expect(neighbour(dots, null, [1, 0])).toBe(0)
  expect(neighbour(dots, 0, [1, 0])).toBe(1)
  expect(neighbour(dots, 0, [0, 1])).toBe(2)
  expect(neighbour(dots, 0, [0, -1])).toBe(0)
})

test('adapters are named for people', () => {
  const name = (vendor: string, architecture: string, description = '') => adapterName({ vendor, architecture, description })
  expect(name('nvidia', 'ampere')).toBe('NVIDIA Ampere')
  expect(name('google', 'swiftshader')).toBe('Google SwiftShader')
  expect(name('intel', 'gen-12lp', 'Intel(R) Iris(R) Xe Graphics')).toBe('Intel(R) Iris(R) Xe Graphics')
  expect(name('', '')).toBe('unnamed adapter')
})

test('numbers read well', () => {
  expect([0, 9, 61, 3700].map(duration)).toEqual(['0 s', '9 s', '1 min 01 s', '1 h 01 min'])
  expect([12, 2945101].map(bytes)).toEqual(['12 B', '2.9 MB'])
  expect([0.0419, 0.5, 0].map(percent)).toEqual(['4.2 %', '50 %', '0 %'])
  expect([1234.5, 123.4, 1.234, 0.01234, 0].map(significant)).toEqual(['1,235', '123.4', '1.23', '0.0123', '0.0000'])
})
