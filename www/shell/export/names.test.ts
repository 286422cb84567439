import { expect, test } from 'vitest'

import { cut, dotNames, spread } from './names'

test('names at the ends of lines keep their order, do not meet, and stay in the chart', () => {
  expect(spread([10, 50, 90], 15, 0, 100)).toEqual([10, 50, 90])
  expect(spread([50, 51, 49], 15, 0, 100)).toEqual([64, 79, 49])
  const thirty = Array.from({ length: 30 }, (_, at) => 95 + ((at * 7) % 5))
  const placed = spread(thirty, 3, 0, 100)
  const sorted = [...placed].sort((a, b) => a - b)
  sorted.slice(1).forEach((place, at) => expect(place - (sorted[at] ?? 0)).toBeGreaterThanOrEqual(3 - 1e-9))
  expect(Math.max(...placed)).toBeLessThanOrEqual(100)
  expect(Math.min(...placed)).toBeGreaterThanOrEqual(0)
  for (const [at, one] of thirty.entries()) {
    for (const [also, other] of thirty.entries()) if (one < other) expect(placed[at]).toBeLessThan(placed[also] ?? NaN)
  }
})

test('dots that lie on each other have one name together, and names that would meet are left out', () => {
  const dots = [
    { x: 10, y: 10, name: 'Anna' },
    { x: 11, y: 10, name: 'Ben' },
    { x: 10, y: 11, name: 'Cem' },
    { x: 20, y: 14, name: 'hidden' },
    { x: 190, y: 50, name: 'at the edge' },
  ]
  expect(dotNames(dots, 12, 200).map(({ text, end }) => [text, end])).toEqual([
    ['Anna, Ben +1', false],
    ['at the edge', true],
  ])
})

test('a name that is too long is cut, a Chinese one too', () => {
  expect(cut('short', 10, 100)).toBe('short')
  expect(cut('a name that goes on', 10, 60)).toBe('a name th…')
  expect(cut('王小明的訓練結果', 10, 50)).toBe('王小明的…')
})
