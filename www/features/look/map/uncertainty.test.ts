// Posteriors against the prior, and latents of two moments, on numbers whose answer is known.

import { describe, expect, test } from 'vitest'

import { onPlane } from './gaussian'
import { agreement, aligned, distances, rotation } from './moved'
import { normal, seeded } from './random'
import { againstPrior, ellipsesOf, priorOn, shrinking, smaller } from './uncertainty'

const ROWS = 400
const WIDTH = 6

const drawn = (seed: number, length: number, scale = 1) => {
  const random = seeded(seed)
  return Float32Array.from({ length }, () => scale * normal(random))
}
const indices = Uint32Array.from({ length: ROWS }, (_, row) => 3 * row)

/** The first two axes, so many times as large. */
const plane = (scale: number) => {
  const values = new Float32Array(3 * WIDTH)
  values[WIDTH] = scale
  values[2 * WIDTH + 1] = scale
  return { values, dimensions: WIDTH }
}

describe('the prior', () => {
  const healthy = {
    mean: drawn(1, ROWS * WIDTH, 0.8),
    log_variance: new Float32Array(ROWS * WIDTH).fill(Math.log(0.36)),
    dimensions: WIDTH,
  }
  const collapsed = {
    mean: drawn(1, ROWS * WIDTH, 0.01),
    log_variance: new Float32Array(ROWS * WIDTH).fill(Math.log(0.98)),
    dimensions: WIDTH,
  }

  test('is as wide as means and posteriors together where nothing has collapsed', () => {
    const { means, posterior, active } = againstPrior(healthy)
    expect([means, posterior]).toEqual([expect.closeTo(0.8, 1), expect.closeTo(0.6, 6)])
    expect(Math.hypot(means, posterior)).toBeCloseTo(1, 1)
    expect(active).toBe(WIDTH)
  })

  test('is what is left of a collapsed run', () => {
    const { means, posterior, active } = againstPrior(collapsed)
    expect(means).toBeLessThan(0.011)
    expect(posterior).toBeCloseTo(0.99, 2)
    expect(active).toBe(0)
  })

  test('finds room on the map, in which a collapsed run is a speck and its posteriors are the prior', () => {
    // The worker scales a plane so that the outermost dot is at 1.
    const wide = plane(30)
    const factor = shrinking(wide)
    expect(factor).toBeCloseTo(1 / 75, 6)
    const seen = smaller(wide, factor)
    const { ellipse, draws } = priorOn(seen)
    expect([ellipse.along, ellipse.across, ellipse.x, ellipse.y]).toEqual([expect.closeTo(0.4, 6), expect.closeTo(0.4, 6), 0, 0])
    const inside = draws.filter(([x, y]) => Math.hypot(x, y) < ellipse.along).length / draws.length
    // One deviation of two dimensions holds 1 - exp(-1/2).
    expect(inside).toBeCloseTo(0.393, 1)
    const ellipses = ellipsesOf({ ...collapsed, indices }, seen, indices, 50)
    expect(ellipses).toHaveLength(50)
    for (const { x, y, along } of ellipses) {
      expect(Math.hypot(x, y)).toBeLessThan(0.03)
      expect(along / ellipse.along).toBeCloseTo(0.99, 2)
    }
    // A healthy run keeps its map nearly as it is.
    expect(shrinking(plane(0.35))).toBe(1)
    expect(onPlane(smaller(wide, 0.5), healthy.mean.subarray(0, WIDTH))[0]).toBeCloseTo(15 * (healthy.mean[0] as number), 4)
  })

  test('leaves out users whom the latents do not know', () => {
    expect(ellipsesOf({ ...healthy, indices }, plane(1), [0, 1, 3], 50)).toHaveLength(2)
  })
})

describe('latents of two moments', () => {
  const turn = rotation(Float64Array.from(drawn(5, WIDTH * WIDTH)), WIDTH)
  const before = { indices, mean: drawn(2, ROWS * WIDTH), dimensions: WIDTH }
  const turned = new Float32Array(ROWS * WIDTH)
  for (let row = 0; row < ROWS; row++) {
    for (let j = 0; j < WIDTH; j++) {
      for (let i = 0; i < WIDTH; i++) {
        const at = row * WIDTH + j
        turned[at] = (turned[at] as number) + (before.mean[row * WIDTH + i] as number) * (turn[i * WIDTH + j] as number)
      }
    }
  }

  test('are turned by an orthogonal matrix, whatever they have collapsed to', () => {
    for (const matrix of [
      Float64Array.from(drawn(9, WIDTH * WIDTH)),
      new Float64Array(WIDTH * WIDTH).fill(0.5),
      new Float64Array(WIDTH * WIDTH),
    ]) {
      const found = rotation(matrix, WIDTH)
      for (let p = 0; p < WIDTH; p++) {
        for (let q = 0; q < WIDTH; q++) {
          let dot = 0
          for (let i = 0; i < WIDTH; i++) dot += (found[i * WIDTH + p] as number) * (found[i * WIDTH + q] as number)
          expect(dot).toBeCloseTo(p === q ? 1 : 0, 6)
        }
      }
    }
  })

  test('of another run are the same but for a turn and a shift, and who moved apart is seen', () => {
    const now = { indices, mean: turned.map((value, i) => value + 2 + (i === 7 * WIDTH ? 3 : 0)), dimensions: WIDTH }
    const found = aligned(before, now, true)
    if (!found) throw new Error('nothing in common')
    const far = distances(found, now)
    expect(far[7]).toBeCloseTo(3, 1)
    expect([...far].filter((_, row) => row !== 7).reduce((most, one) => Math.max(most, one))).toBeLessThan(0.05)
    // Without the turn all of them would seem to have moved.
    expect(Math.min(...distances(before, now))).toBeGreaterThan(0.1)
  })

  test('agree by their neighbours, however they lie, and by chance where they have nothing in common', () => {
    const before = { indices, mean: drawn(4, ROWS * WIDTH), dimensions: WIDTH }
    // Axes in another order, mirrored and shifted, of all but the first row.
    const mean = before.mean.map((_, i) => 5 - (before.mean[i - (i % WIDTH) + ((i + 2) % WIDTH)] as number))
    const turned = { indices: indices.subarray(1), mean: mean.subarray(WIDTH), dimensions: WIDTH }
    expect(agreement(before, turned, 10, 100)).toBe(1)
    const chance = agreement(before, { ...before, mean: drawn(5, ROWS * WIDTH) }, 10, 100) as number
    expect(chance).toBeGreaterThan(0)
    expect(chance).toBeLessThan(4 * (10 / ROWS))
    expect(
      agreement(before, { indices: indices.subarray(0, 20), mean: before.mean.subarray(0, 20 * WIDTH), dimensions: WIDTH }, 10, 100),
    ).toBeNull()
  })

  test('of the same run are compared as they are', () => {
    const now = { ...before, mean: before.mean.map((value) => value + 0.5) }
    expect(aligned(before, now, false)).toBe(before)
    for (const one of distances(before, now)) expect(one).toBeCloseTo(0.5 * Math.sqrt(WIDTH), 4)
  })

  test('that have nothing in common are not compared', () => {
    expect(aligned(before, { indices, mean: new Float32Array(ROWS * 3), dimensions: 3 }, true)).toBeNull()
    expect(aligned(before, { ...before, indices: indices.map((index) => index + 1) }, true)).toBeNull()
    expect(distances(before, { indices: Uint32Array.of(0, 1), mean: before.mean.slice(0, 2 * WIDTH), dimensions: WIDTH })[1]).toBeNaN()
  })
})
