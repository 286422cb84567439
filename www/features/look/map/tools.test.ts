// The map's tools on data whose answer is known.

import { describe, expect, test } from 'vitest'

import { Epochs } from './epochs'
import { deviation, klOfRows, onPlane, planeOf } from './gaussian'
import { kMeans } from './kmeans'
import { enclosed } from './lasso'
import { alike, type Matrix, nearest, rowCount, rowOf } from './nearest'
import { normal, seeded } from './random'
import { affinities, neighboursFor, Tsne } from './tsne'

/** `groups` heaps of points in turn, apart from each other. */
function heaps(rows: number, dimensions: number, groups: number): Matrix {
  const random = seeded(3)
  const centres = Float32Array.from({ length: groups * dimensions }, () => 5 * normal(random))
  const values = Float32Array.from({ length: rows * dimensions }, (_, i) => {
    const group = Math.floor(i / dimensions) % groups
    return (centres[group * dimensions + (i % dimensions)] ?? 0) + normal(random)
  })
  return { values, dimensions }
}

function finish<Result>(pieces: Generator<number, Result>): { result: Result; told: number[] } {
  const told: number[] = []
  for (;;) {
    const piece = pieces.next()
    if (piece.done) return { result: piece.value, told }
    told.push(piece.value)
  }
}

const square = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0)

describe('nearest neighbours', () => {
  const matrix = heaps(150, 11, 3)
  const all = Array.from({ length: 150 }, (_, row) => row)

  test('are those that comparing everything finds', () => {
    const { result, told } = finish(nearest(matrix, 7))
    expect(told[told.length - 1]).toBe(150)
    for (const row of [0, 63, 64, 149]) {
      const own = rowOf(matrix, row)
      const order = all.filter((other) => other !== row).sort((a, b) => square(rowOf(matrix, a), own) - square(rowOf(matrix, b), own))
      expect([...result.indices.subarray(row * 7, row * 7 + 7)]).toEqual(order.slice(0, 7))
      expect(result.distances[row * 7]).toBeCloseTo(Math.sqrt(square(rowOf(matrix, order[0] ?? 0), own)), 4)
    }
  })

  test('are no more than there are', () => {
    const { result } = finish(nearest({ values: Float32Array.of(0, 1, 5), dimensions: 1 }, 9))
    expect(result.count).toBe(2)
    expect([...result.indices]).toEqual([1, 2, 0, 2, 1, 0])
    expect(finish(nearest({ values: new Float32Array(4), dimensions: 4 }, 3)).result.count).toBe(0)
  })

  test('by direction leave out the row itself and rows without a direction', () => {
    const rows = { values: Float32Array.of(1, 0, 0, 0, 3, 3, -2, 0, 0, 9), dimensions: 2 }
    const found = alike(rows, Float32Array.of(2, 0), 3, 0)
    expect(found.map(({ row }) => row)).toEqual([2, 4, 3])
    expect(found.map(({ cosine }) => Number(cosine.toFixed(3)))).toEqual([0.707, 0, -1])
    expect(alike(rows, new Float32Array(2), 3)).toEqual([])
  })
})

describe('clusters', () => {
  test('find heaps that are apart, the largest first, and repeat themselves', () => {
    const matrix = heaps(400, 8, 4)
    // A fifth heap of few points, far away.
    const values = new Float32Array([...matrix.values, ...new Float32Array(10 * 8).fill(60)])
    const run = () => finish(kMeans({ values, dimensions: 8 }, 5, 1)).result
    const clusters = run()
    expect(run()).toEqual(clusters)
    for (let row = 4; row < 400; row++) expect(clusters[row]).toBe(clusters[row % 4])
    expect(new Set(clusters.subarray(0, 4)).size).toBe(4)
    expect([...clusters.subarray(400)]).toEqual(Array(10).fill(4))
  })

  test('are no more than rows', () => {
    expect([...finish(kMeans({ values: Float32Array.of(1, 9), dimensions: 1 }, 6, 1)).result].sort()).toEqual([0, 1])
    expect(finish(kMeans({ values: new Float32Array(), dimensions: 3 }, 6, 1)).result).toHaveLength(0)
  })
})

describe('t-SNE', () => {
  const matrix = heaps(240, 8, 4)
  const rows = rowCount(matrix)
  const perplexity = 15
  const { result: found } = finish(nearest(matrix, neighboursFor(perplexity, rows)))

  test('gives each row the perplexity that was asked for, and weights that sum to 1', () => {
    const { first, other, weight } = affinities(found, rows, perplexity)
    expect(weight.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
    // The weights are symmetric: what goes out of a row comes in from the others.
    const sums = new Map<string, number>()
    for (let row = 0; row < rows; row++) {
      for (let at = first[row] ?? 0; at < (first[row + 1] ?? 0); at++) {
        const key = `${row} ${other[at]}`
        sums.set(key, (sums.get(key) ?? 0) + (weight[at] ?? 0))
      }
    }
    for (const [key, value] of sums) expect(sums.get(key.split(' ').reverse().join(' '))).toBeCloseTo(value, 12)
  })

  test('keeps heaps together and repeats itself', () => {
    const lay = () => {
      const tsne = new Tsne(found, rows, { perplexity, seed: 1 })
      for (let step = 0; step < 350; step++) tsne.step()
      return tsne.points
    }
    const points = lay()
    expect(points.every(Number.isFinite)).toBe(true)
    let together = 0
    for (let row = 0; row < rows; row++) {
      const apart = (other: number) =>
        other === row ? Infinity : square(points.subarray(2 * row, 2 * row + 2), points.subarray(2 * other, 2 * other + 2))
      const closest = Array.from({ length: rows }, (_, other) => other).reduce((a, b) => (apart(b) < apart(a) ? b : a))
      together += Number(closest % 4 === row % 4)
    }
    expect(together / rows).toBeGreaterThan(0.97)
    expect(lay()).toEqual(points)
  })

  test('is not upset by points at one place', () => {
    const same = { values: new Float32Array(40 * 3), dimensions: 3 }
    const tsne = new Tsne(finish(nearest(same, 12)).result, 40, { perplexity: 4, seed: 1 })
    for (let step = 0; step < 30; step++) tsne.step()
    expect(tsne.points.every(Number.isFinite)).toBe(true)
  })
})

describe('posteriors', () => {
  // Centre, then the axes: x is twice the first dimension, y the third.
  const plane = planeOf(Float32Array.of(1, 1, 1, 2, 0, 0, 0, 0, 1))

  test('lie where the plane has them', () => {
    expect(onPlane(plane, [2, 9, 4])).toEqual([2, 3])
  })

  test('are as wide as their deviations along the axes', () => {
    const flat = deviation(plane, [Math.log(4), 0, Math.log(9)])
    expect([flat.along, flat.across, flat.turn].map((value) => Number(value.toFixed(5)))).toEqual([4, 3, 0])
    const tall = deviation(plane, [0, 0, Math.log(100)])
    expect([tall.along, tall.across, tall.turn].map((value) => Number(value.toFixed(5)))).toEqual([10, 2, 1.5708])
    // Both axes on one dimension: a line at 45 degrees.
    const line = deviation(planeOf(Float32Array.of(0, 0, 1, 0, 1, 0)), [0, 5])
    expect([line.along, line.across, line.turn].map((value) => Number(value.toFixed(5)))).toEqual([1.41421, 0, 0.7854])
  })

  test('say nothing where they are the prior', () => {
    const kl = klOfRows(Float32Array.of(0, 0, 1, 2), Float32Array.of(0, 0, 0, Math.log(2)), 2)
    expect(kl[0]).toBe(0)
    expect(kl[1]).toBeCloseTo((1 + 4 + 2 - Math.log(2) - 1) / 2, 6)
  })
})

test('a loop holds what lies inside, dents left out', () => {
  const dented: [number, number][] = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [0, 0],
    [-1, 1],
  ]
  const x = Float32Array.of(0, 0, 0.9, 2, -0.9)
  const y = Float32Array.of(-0.5, 0.5, 0, 0, 0.5)
  expect(enclosed(dented, x, y)).toEqual([0, 2, 4])
  expect(enclosed(dented.slice(0, 2), x, y)).toEqual([])
})

describe('the epochs that can be looked back at', () => {
  const frame = (epoch: number, step: number, points = 2) => ({
    epoch,
    step,
    explained: [0.5, 0.5] as [number, number],
    points: new Float32Array(points),
  })

  test('are the first snapshots of each, and go with their run', () => {
    const epochs = new Epochs()
    expect([frame(0, 0), frame(0, 9), frame(1, 32), frame(1, 40), frame(2, 64)].map((one) => epochs.add(one))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ])
    expect(epochs.frames.map(({ step }) => step)).toEqual([0, 32, 64])
    epochs.add(frame(0, 0))
    expect(epochs.frames).toHaveLength(1)
    epochs.add(frame(1, 32, 6))
    expect(epochs.frames.map(({ step }) => step)).toEqual([32])
  })

  test('take no more memory than they may', () => {
    const epochs = new Epochs(10, 100)
    for (let epoch = 0; epoch <= 60; epoch++) epochs.add(frame(epoch, epoch * 10, 8))
    expect(epochs.frames.length).toBeLessThanOrEqual(10)
    expect(epochs.frames[0]?.epoch).toBe(0)
    expect(epochs.frames[epochs.frames.length - 1]?.epoch).toBe(60)
  })
})
