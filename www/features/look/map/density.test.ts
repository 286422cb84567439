import { describe, expect, test } from 'vitest'

import { type Contour, densityContours, LEAST_DOTS, pathOf, SHARES } from './density'
import { enclosed } from './lasso'
import { normal, seeded } from './random'

/** Two heaps, of three and of one part of the dots. */
function heaps(count: number) {
  const random = seeded(2)
  const x = new Float32Array(count)
  const y = new Float32Array(count)
  for (let dot = 0; dot < count; dot++) {
    x[dot] = (dot % 4 === 0 ? 0.6 : -0.4) + 0.1 * normal(random)
    y[dot] = (dot % 4 === 0 ? -0.5 : 0.3) + 0.1 * normal(random)
  }
  return { x, y }
}

/** Dots that an odd number of rings encloses. */
function inside({ rings }: Contour, x: Float32Array, y: Float32Array): Set<number> {
  const found = new Set<number>()
  for (const ring of rings) for (const dot of enclosed(ring, x, y)) if (!found.delete(dot)) found.add(dot)
  return found
}

describe('density', () => {
  const { x, y } = heaps(4000)
  const found = densityContours({ x, y })

  test('has lines that enclose the shares that they name, one within the other', () => {
    expect(found.map(({ share }) => share)).toEqual([...SHARES])
    const sets = found.map((contour) => inside(contour, x, y))
    sets.forEach((dots, i) => expect(Math.abs(dots.size / 4000 - (SHARES[i] ?? 0))).toBeLessThan(0.02))
    for (let i = 1; i < sets.length; i++) for (const dot of sets[i] ?? []) expect(sets[i - 1]?.has(dot)).toBe(true)
  })

  test('encloses the dense heap alone within its inner lines, and both by the outer one', () => {
    const heavy = (contour: Contour | undefined) => [...inside(contour as Contour, x, y)].filter((dot) => dot % 4 !== 0).length
    const tenth = inside(found[4] as Contour, x, y).size
    expect(heavy(found[4])).toBe(tenth)
    expect(found[0]?.rings.length).toBeGreaterThanOrEqual(2)
  })

  test('is that of the dots that are kept', () => {
    const light = densityContours({ x, y }, (dot) => dot % 4 === 0)
    for (const { rings } of light) for (const [px] of rings.flat()) expect(px).toBeGreaterThan(0)
    expect(densityContours({ x, y }, (dot) => dot < LEAST_DOTS - 1)).toEqual([])
  })

  test('stands dots at one place and a million of them', () => {
    const same = densityContours({ x: new Float32Array(50).fill(1), y: new Float32Array(50).fill(-1) })
    expect(same.every(({ rings }) => rings.flat(2).every(Number.isFinite))).toBe(true)
    const many = heaps(1_000_000)
    const began = performance.now()
    expect(densityContours(many)).toHaveLength(SHARES.length)
    expect(performance.now() - began).toBeLessThan(5000)
  })

  test('is written as a path', () => {
    expect(
      pathOf({
        share: 0.5,
        rings: [
          [
            [0, 0.25],
            [1, 0],
            [0, 1],
          ],
        ],
      }),
    ).toBe('M0.0000 0.2500L1.0000 0.0000L0.0000 1.0000Z')
  })
})
