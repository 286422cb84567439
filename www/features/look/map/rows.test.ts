// Rows of the latents, and groups of them.

import { expect, test } from 'vitest'

import { planeOf } from './gaussian'
import { axesOf, klWithin, posteriorOf, viewTies } from './rows'

test('a posterior has the deviations of its own row', () => {
  const posteriors = { mean: Float32Array.of(1, 2, 3, 4), log_variance: Float32Array.of(0, 0, Math.log(4), Math.log(0.25)), dimensions: 2 }
  const { kl, narrow, wide, mean } = posteriorOf(posteriors, 1, 0.5)
  expect(kl).toBe(0.5)
  expect([narrow, wide].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0.5, 2])
  expect([...mean]).toEqual([3, 4])
})

test('a cluster is told beside the rest, and not without one', () => {
  const kl = { indices: Uint32Array.of(7, 8, 9), values: Float32Array.of(1, 2, 6) }
  const of = new Map([
    [7, 0],
    [8, 1],
    [9, 1],
  ])
  expect(klWithin(kl, of, 1)).toEqual({ own: 4, rest: 1 })
  expect(klWithin(kl, of, 2)).toBeNull()
})

test('points have axes', () => {
  const points = Float32Array.of(0, 1, 2, 3, 4, 8)
  expect(axesOf(points)).toEqual({ x: Float32Array.of(0, 2, 4), y: Float32Array.of(1, 3, 8) })
})

test('ties join the views of those who are kept, and of no more than are wanted', () => {
  // The plane of the two coordinates themselves: its middle, then its two directions.
  const plane = planeOf(Float32Array.of(0, 0, 1, 0, 0, 1))
  const views = {
    first_view: Float32Array.of(1, 2, 3, 4, 5, 6),
    second_view: Float32Array.of(-1, -2, -3, -4, -5, -6),
    indices: Uint32Array.of(10, 11, 12),
    dimensions: 2,
  }
  expect(viewTies(views, plane, 9, (index) => index !== 11)).toEqual([
    [1, 2, -1, -2],
    [5, 6, -5, -6],
  ])
  expect(viewTies(views, plane, 2, () => true)).toHaveLength(2)
  expect(viewTies({ ...views, first_view: new Float32Array() }, plane, 9, () => true)).toEqual([])
})
