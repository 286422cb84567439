// Search among titles.

import { describe, expect, test } from 'vitest'

import { Titles } from './titles'

describe('titles', () => {
  const titles = new Titles(['Amélie', 'The Salt Harbour', 'Salt', 'A Salt Road'], Uint32Array.of(1, 9, 2, 5))

  test('are found by words, without accents, beginnings first, then by popularity', () => {
    expect(titles.search('amelie', 5)).toEqual([0])
    expect(titles.search('salt', 5)).toEqual([2, 1, 3])
    expect(titles.search('road a', 5)).toEqual([3])
    expect(titles.search('', 2)).toEqual([1, 3])
  })
})
