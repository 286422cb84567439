import { expect, test } from 'vitest'

import { whyOf } from './why'

/** A model that adds up what each item of the history says for each of four items. */
const SAYS: Record<number, number[]> = { 0: [0, 0, 3, 1], 1: [0, 0, -1, 0] }
const ranking = async (history: readonly number[]) =>
  [0, 1, 2, 3]
    .filter((item) => !history.includes(item))
    .map((item) => ({ item, score: history.reduce((sum, of) => sum + (SAYS[of]?.[item] ?? 0), 0) }))
    .sort((a, b) => b.score - a.score || a.item - b.item)

test('what an item of the history adds is the score with it less the score without it', async () => {
  expect(await whyOf(ranking, [1, 0], 2)).toEqual({
    item: 2,
    score: 2,
    place: 1,
    reasons: [
      { at: 1, item: 0, adds: 3, place: 3 },
      { at: 0, item: 1, adds: -1, place: 1 },
    ],
  })
})

test('a single item has nothing beside it, and an item of the history is not recommended', async () => {
  expect(await whyOf(ranking, [0], 2)).toEqual({ item: 2, score: 3, place: 1, reasons: [] })
  expect(await whyOf(ranking, [0, 1], 0)).toBeNull()
})
