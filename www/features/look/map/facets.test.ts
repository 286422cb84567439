// Histograms of the dots, and what brushes let pass, on values whose answer is known.

import { describe, expect, test } from 'vitest'

import { binOf, binsOf, categories, type Facet, medians, numbers, passing, rangeOf, tally } from './facets'

const made = (facet: Facet | null): Facet => {
  if (!facet) throw new Error('no facet')
  return facet
}

describe('bins', () => {
  test('of whole numbers hold whole numbers, and every dot once', () => {
    const values = Float32Array.from({ length: 500 }, (_, i) => 1 + ((i * i) % 97))
    for (const scale of ['linear', 'logarithmic'] as const) {
      const facet = made(numbers('popularity', values, scale))
      expect(facet.edges.every(Number.isInteger)).toBe(true)
      expect(facet.edges).toEqual([...facet.edges].sort((a, b) => a - b))
      expect(facet.edges.length).toBeLessThanOrEqual(25)
      expect(tally(facet).reduce((sum, count) => sum + count)).toBe(500)
      for (const value of values) {
        const bin = binOf(facet, value)
        expect((facet.edges[bin] as number) <= value && value < (facet.edges[bin + 1] as number)).toBe(true)
      }
    }
  })

  test('of a few whole numbers are one each', () => {
    const facet = made(numbers('length', [3, 4, 4, 6, 3, 3], 'linear'))
    expect([...tally(facet)]).toEqual([3, 2, 0, 1])
  })

  test('of fractions hold the largest one too, and nothing that is not known', () => {
    const facet = made(numbers('kl', [0.5, NaN, 2.5, 1.25], 'linear'))
    expect([...tally(facet)].reduce((sum, count) => sum + count)).toBe(3)
    expect(binOf(facet, 2.5)).toBe(23)
    expect(binOf(facet, NaN)).toBe(-1)
  })

  test('are none where there is nothing to choose', () => {
    expect(numbers('kl', [1, 1, NaN], 'linear')).toBeNull()
    expect(numbers('kl', [], 'linear')).toBeNull()
    expect(categories('genre', [2, 2, -1], ['a', 'b', 'c'])).toBeNull()
  })
})

describe('brushes', () => {
  const popularity = made(numbers('popularity', [1, 2, 3, 4, 5, NaN], 'linear'))
  const genre = made(categories('genre', [0, 1, 0, 1, -1, 0], ['prose', 'verse']))
  const facets = [popularity, genre]

  test('come out of bins and lead back to them; all bins are none', () => {
    expect(rangeOf(popularity, 0, 4)).toBeNull()
    for (const [first, last] of [
      [0, 2],
      [1, 3],
      [3, 4],
    ] as const) {
      expect(binsOf(popularity, rangeOf(popularity, first, last))).toEqual([first, last])
    }
    expect(binsOf(popularity, null)).toEqual([0, 4])
    // Borders that have moved, as they do with the values of a model that goes on training.
    expect(binsOf(popularity, { from: 1.5, to: 3.5 })).toEqual([0, 2])
  })

  test('work together, and what is not known passes none', () => {
    expect(passing(facets, new Map(), 6)).toEqual([0, 1, 2, 3, 4, 5])
    expect(passing(facets, new Map([['popularity', { from: 2, to: 5 }]]), 6)).toEqual([1, 2, 3])
    expect(passing(facets, new Map([['popularity', { from: -Infinity, to: Infinity }]]), 6)).toEqual([0, 1, 2, 3, 4])
    expect(
      passing(
        facets,
        new Map<'popularity' | 'genre', { from: number; to: number } | Set<number>>([
          ['popularity', { from: 2, to: Infinity }],
          ['genre', new Set([1])],
        ]),
        6,
      ),
    ).toEqual([1, 3])
    // What a brush asks for is not there any more.
    expect(passing([genre], new Map([['popularity', { from: 2, to: 5 }]]), 2)).toEqual([0, 1])
  })

  test('leave medians on both sides', () => {
    expect(medians(popularity, (dot) => dot < 3)).toEqual({ own: 2, rest: 4.5 })
    expect(medians(popularity, (dot) => dot === 5)).toEqual({ own: NaN, rest: 3 })
  })
})
