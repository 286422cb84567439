import { describe, expect, test } from 'vitest'

import { clusterMiddles, clusterTerms, extremes, fitting, wordsOf } from './labels'

describe('the terms of a cluster', () => {
  // 12 dots in the first cluster, 12 in the second, one in none.
  const cluster = [...Array<number>(12).fill(0), ...Array<number>(12).fill(1), -1]
  const terms = (dot: number) => {
    const own = ['film']
    if (dot < 9) own.push('War')
    if (dot >= 12) own.push('Comedy')
    if (dot >= 21 || dot === 0) own.push('love')
    if (dot === 1 || dot === 2) own.push('tank')
    if (dot === 24) own.push('War', 'War', 'Comedy')
    return new Set(own)
  }
  const found = clusterTerms({ cluster, clusters: 2, termsOf: terms }, 3)

  test('are those that are commoner there than elsewhere, the most telling first', () => {
    expect(found).toEqual([
      [{ term: 'War', count: 9, lift: 2 }],
      [
        { term: 'Comedy', count: 12, lift: 2 },
        { term: 'love', count: 3, lift: 1.5 },
      ],
    ])
  })

  test('are no more than asked for, and none of a cluster without dots', () => {
    expect(clusterTerms({ cluster, clusters: 3, termsOf: terms }, 1).map((own) => own.map(({ term }) => term))).toEqual([
      ['War'],
      ['Comedy'],
      [],
    ])
  })
})

test('words of a title are cut in any script, without numbers and the shortest', () => {
  expect([...wordsOf('Star Wars: Episode IV – A New Hope (1977)')]).toEqual(['star', 'wars', 'episode', 'new', 'hope'])
  const chinese = wordsOf('臥虎藏龍 2000')
  expect([...chinese].join('')).toMatch(/^[臥虎藏龍]+$/)
  expect(wordsOf('')).toEqual(new Set())
})

test('names stand at the medians, where one dot far away moves them little', () => {
  const x = Float32Array.of(0, 0.125, 0.25, 1, -1)
  expect(clusterMiddles([0, 0, 0, 1, -1], 3, x, x)).toEqual([[0.125, 0.125], [1, 1], null])
})

test('the nearest to a mean stand for a cluster, and the farthest for its border', () => {
  // Along a line: a cluster round 0 with one far off, and one of two rows.
  const values = Float32Array.of(0, 0, 0.2, 0, -0.1, 0, 9, 0, 5, 5, 5, 7)
  const found = extremes({ values, dimensions: 2 }, [0, 0, 0, 0, 1, 1], 3, 2)
  expect(found[0]).toEqual({ typical: [1, 0], odd: [3, 2] })
  expect(found[1]).toEqual({ typical: [4, 5], odd: [] })
  expect(found[2]).toEqual({ typical: [], odd: [] })
})

test('names that would lie over each other wait until one comes nearer', () => {
  const names = [
    { label: 'drama, war', at: [0, 0] as const },
    { label: 'comedy', at: [0.05, 0] as const },
    { label: '愛情', at: [0.5, 0.5] as const },
  ]
  const view = (scale: number) => ({ x: { scale, offset: 400 }, y: { scale: -scale, offset: 300 } })
  expect(fitting(names, view(300)).map(({ label }) => label)).toEqual(['drama, war', '愛情'])
  expect(fitting(names, view(3000)).map(({ label }) => label)).toEqual(['drama, war', 'comedy', '愛情'])
  expect(fitting(names, view(300))[1]).toMatchObject({ px: 550, py: 150 })
})
