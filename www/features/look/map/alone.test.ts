// Part of a map.

import { expect, test } from 'vitest'

import { alone } from './alone'
import type { Shown } from './bench.svelte'

test('of each dot that is wanted place and facts stay together, in the order of the map', () => {
  const whole = {
    projection: 'pca',
    points: Float32Array.of(0, 1, 2, 3, 4, 5),
    indices: Uint32Array.of(7, 3, 9),
    genre: Int32Array.of(0, -1, 2),
    popularity: Float32Array.of(0.5, 0.25, 1),
    frequency: Uint32Array.of(10, 20, 30),
  } as unknown as Shown
  expect(alone(whole, new Set([9, 7, 4]))).toEqual({
    projection: 'pca',
    points: Float32Array.of(0, 1, 4, 5),
    indices: Uint32Array.of(7, 9),
    genre: Int32Array.of(0, 2),
    popularity: Float32Array.of(0.5, 1),
    frequency: Uint32Array.of(10, 30),
  })
  expect(alone(whole, new Set()).indices).toHaveLength(0)
})
