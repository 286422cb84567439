// What the latent space looked like, epoch by epoch.

import { describe, expect, test } from 'vitest'

import { byGenre, byPopularity, leadingGenres } from './map/colours'
import { neighbour } from './map/neighbour'
import { path, spectrum, withLook } from './looks'
import { sortedKl } from './posterior'
import type { LatentReport } from '../../../pkg/src/protocol'

describe('the looks', () => {
  const report = (kl_per_dim: number[], alignment: number | null = 1) =>
    ({ last: { kl_per_dim }, views: { alignment, view_uniformity: alignment && -alignment } }) as LatentReport

  test('stay bounded, and the latest one is there', () => {
    let looks = withLook([], { epoch: 1, report: report([1]) })
    for (let epoch = 2; epoch <= 1000; epoch++) looks = withLook(looks, { epoch, report: report([epoch]) })
    expect(looks.length).toBeLessThanOrEqual(241)
    expect(looks.length).toBeGreaterThan(100)
    expect(looks[looks.length - 1]?.epoch).toBe(1000)
    expect(looks.map(({ epoch }) => epoch)).toEqual([...looks.map(({ epoch }) => epoch)].sort((a, b) => a - b))
    // A checkpoint that was opened brings a look at an epoch that is there already.
    expect(withLook(looks, { epoch: 1000, report: report([7]) })).toHaveLength(looks.length)
  })

  test('make a spectrum in the order of the latest one, and a path where there are two views', () => {
    const looks = [
      { epoch: 1, report: report([3, 1, 2]) },
      { epoch: 2, report: report([0, 4, 1], null) },
    ]
    const found = spectrum(looks)
    expect(found.dimensions).toEqual([1, 2, 0])
    expect(found.kl).toEqual([
      [1, 4],
      [2, 1],
      [3, 0],
    ])
    expect([found.epochs, found.most]).toEqual([[1, 2], 4])
    expect(path(looks)).toEqual([{ epoch: 1, alignment: 1, uniformity: -1 }])
    expect(spectrum([])).toEqual({ dimensions: [], epochs: [], kl: [], most: 0 })
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

describe('the posterior', () => {
  test('shows dimensions by their KL and knows which are active', () => {
    expect(sortedKl({ kl_per_dim: [0.1, 2, 0.5], variance_of_means: [0.00999, 1, 0.01] })).toEqual([
      { dimension: 2, kl: 2, active: true },
      { dimension: 3, kl: 0.5, active: true },
      { dimension: 1, kl: 0.1, active: false },
    ])
  })
})
