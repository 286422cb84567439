// How far the projections of the map can be trusted, beside umap-js and chance, on the same latents.

import { UMAP } from 'umap-js'
import { describe, expect, test } from 'vitest'

import { type Matrix, nearest, rowOf } from './nearest'
import { qualityOf } from './quality'
import { seeded } from './random'
import { sheets } from './sheets.fixture'
import { neighboursFor, Tsne, TSNE_STEPS } from './tsne'

const ROWS = 240
const WIDTH = 16
const NEIGHBOURS = 10

const matrix = sheets(ROWS, WIDTH)

function neighbours(count: number) {
  const pieces = nearest(matrix, count)
  for (;;) {
    const piece = pieces.next()
    if (piece.done) return piece.value
  }
}

describe('of a map', () => {
  test('whose plane is the space, both are 1; of points at random they are those of chance', () => {
    const random = seeded(2)
    const flat = { values: Float32Array.from({ length: 2 * ROWS }, () => random()), dimensions: 2 }
    expect(qualityOf(flat, flat.values, NEIGHBOURS, 80)).toEqual({ trust: 1, kept: 1, rows: 80 })
    const chance = qualityOf(
      matrix,
      Float32Array.from({ length: 2 * ROWS }, () => random()),
      NEIGHBOURS,
      80,
    )
    expect(chance?.trust).toBeCloseTo(0.5, 1)
    expect(chance?.kept).toBeCloseTo(NEIGHBOURS / ROWS, 1)
  })

  test('the numbers are those of the definition', () => {
    // On a line 0 … 6, drawn with 1 and 6 exchanged; one neighbour each.
    const line = { values: Float32Array.of(0, 1.1, 2, 3.2, 4.1, 5.3, 6), dimensions: 1 }
    const drawn = [0, 0, 6, 0, 2, 0, 3.2, 0, 4.1, 0, 5.3, 0, 1.1, 0]
    // By comparing all with all in another language.
    expect(qualityOf(line, drawn, 1, 7)).toEqual({ trust: expect.closeTo(0.4, 9), kept: expect.closeTo(2 / 7, 9), rows: 7 })
    expect(qualityOf(line, drawn, 2, 7)).toEqual({ trust: expect.closeTo(0.5510204081632653, 9), kept: 0.5, rows: 7 })
    expect(qualityOf(line, drawn, 3, 7)).toBeNull()
  })
})

test('t-SNE keeps more neighbours than the best plane does, and as many as umap-js', () => {
  const perplexity = 30
  const tsne = new Tsne(neighbours(neighboursFor(perplexity, ROWS)), ROWS, { perplexity, seed: 1 })
  for (let step = 0; step < TSNE_STEPS; step++) tsne.step()
  const umap = new UMAP({ nNeighbors: 15, minDist: 0.1, random: seeded(1) })
  const laid = umap.fit(Array.from({ length: ROWS }, (_, row) => Array.from(rowOf(matrix, row)))).flat()
  const of = (points: ArrayLike<number>) => qualityOf(matrix, points, NEIGHBOURS, 160)
  const [own, theirs, plane] = [of(tsne.points), of(laid), of(principal(matrix))]
  if (!own || !theirs || !plane) throw new Error('too few points')
  expect(own.trust).toBeGreaterThan(0.97)
  expect(own.kept).toBeGreaterThan(theirs.kept - 0.02)
  expect(own.kept).toBeGreaterThan(plane.kept + 0.1)
  expect(own.trust).toBeGreaterThan(plane.trust)
}, 120_000)

/** The plane of largest variance, by power iteration. */
function principal({ values, dimensions }: Matrix): Float64Array {
  const mean = Array.from({ length: dimensions }, (_, i) => {
    let sum = 0
    for (let row = 0; row < ROWS; row++) sum += (values[row * dimensions + i] as number) / ROWS
    return sum
  })
  const found: Float64Array[] = []
  for (let axis = 0; axis < 2; axis++) {
    let vector = Float64Array.from({ length: dimensions }, (_, i) => 1 + i)
    for (let round = 0; round < 200; round++) {
      const next = new Float64Array(dimensions)
      for (let row = 0; row < ROWS; row++) {
        let share = 0
        for (let i = 0; i < dimensions; i++)
          share += ((values[row * dimensions + i] as number) - (mean[i] as number)) * (vector[i] as number)
        for (let i = 0; i < dimensions; i++) {
          next[i] = (next[i] as number) + share * ((values[row * dimensions + i] as number) - (mean[i] as number))
        }
      }
      for (const before of found) {
        const along = next.reduce((sum, value, i) => sum + value * (before[i] as number), 0)
        before.forEach((value, i) => (next[i] = (next[i] as number) - along * value))
      }
      const length = Math.hypot(...next)
      vector = next.map((value) => value / length)
    }
    found.push(vector)
  }
  const points = new Float64Array(2 * ROWS)
  for (let row = 0; row < ROWS; row++) {
    found.forEach((vector, axis) => {
      for (let i = 0; i < dimensions; i++) {
        const apart = (values[row * dimensions + i] as number) - (mean[i] as number)
        points[2 * row + axis] = (points[2 * row + axis] as number) + apart * (vector[i] as number)
      }
    })
  }
  return points
}
