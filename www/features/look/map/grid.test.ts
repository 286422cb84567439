import { describe, expect, test } from 'vitest'

import { DotGrid } from './grid'
import { enclosed } from './lasso'
import { normal, seeded } from './random'

/** Most dots in a heap, some far away: most cells are empty. */
function heap(count: number) {
  const random = seeded(11)
  const place = () => Float32Array.from({ length: count }, (_, i) => normal(random) * (i % 10 === 0 ? 0.4 : 0.02))
  return { x: place(), y: place() }
}

describe('the nearest dot', () => {
  const dots = heap(3000)
  const grid = new DotGrid(dots)
  const slowly = (x: number, y: number, radius: number) => {
    let [found, least]: [number | null, number] = [null, radius ** 2]
    for (let dot = 0; dot < dots.x.length; dot++) {
      const distance = ((dots.x[dot] ?? 0) - x) ** 2 + ((dots.y[dot] ?? 0) - y) ** 2
      if (distance <= least) [found, least] = [dot, distance]
    }
    return found
  }

  test('is that of comparing all, inside and outside of them', () => {
    const random = seeded(5)
    let found = 0
    for (let i = 0; i < 500; i++) {
      const [x, y] = [normal(random) * 0.5, normal(random) * 0.5]
      for (const radius of [0.005, 0.05, 0.5, 5]) {
        const dot = grid.nearest(x, y, radius)
        expect(dot).toBe(slowly(x, y, radius))
        found += Number(dot !== null)
      }
    }
    expect(found).toBeGreaterThan(500)
    expect(found).toBeLessThan(2000)
  })

  test('is the one drawn above of two at the same place', () => {
    const same = new DotGrid({ x: Float32Array.of(0.5, 0.5, -0.5), y: Float32Array.of(0, 0, 0) })
    expect(same.nearest(0.5, 0.01, 0.1)).toBe(1)
    expect(same.nearest(0, 0, 0.1)).toBeNull()
  })

  test('is none of no dots, and never one without a place', () => {
    expect(new DotGrid({ x: new Float32Array(), y: new Float32Array() }).nearest(0, 0, 1)).toBeNull()
    const odd = new DotGrid({ x: Float32Array.of(NaN, 0.2), y: Float32Array.of(0, NaN) })
    expect(odd.nearest(0, 0, 9)).toBeNull()
    expect(new DotGrid({ x: Float32Array.of(0.3), y: Float32Array.of(0.3) }).nearest(0.3, 0.3, 0.01)).toBe(0)
  })
})

test('a loop of many corners encloses what a ray says of each dot', () => {
  const { x, y } = heap(2000)
  // A star, so that edges lie close to each other and a strip holds several.
  const loop = Array.from({ length: 40 }, (_, i) => {
    const reach = i % 2 === 0 ? 0.5 : 0.05
    return [reach * Math.cos((i / 40) * 2 * Math.PI), reach * Math.sin((i / 40) * 2 * Math.PI)] as [number, number]
  })
  const slowly = Array.from(x.keys()).filter((dot) => {
    let crossings = 0
    loop.forEach(([ax, ay], i) => {
      const [bx, by] = loop[(i + 39) % 40] ?? [0, 0]
      const [px, py] = [x[dot] ?? 0, y[dot] ?? 0]
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) crossings += 1
    })
    return crossings % 2 === 1
  })
  expect(slowly.length).toBeGreaterThan(100)
  expect(slowly.length).toBeLessThan(2000)
  expect(enclosed(loop, x, y)).toEqual(slowly)
})
