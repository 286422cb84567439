// A renderer is judged by its quickest frame, so that a machine that is busy for a moment keeps its graphics card.

import { expect, test } from 'vitest'

import { MOST_MILLISECONDS, quickest } from './trial'

/** A clock by which each frame takes so long, the first of them uncounted. */
function timed(...frames: number[]) {
  let time = 0
  let drawn = 0
  const draw = () => void (time += frames[drawn++] ?? 0)
  return { best: quickest(draw, () => time), drawn: () => drawn }
}

test('the first frame, which compiles, is not counted', () => {
  expect(timed(300, 2, 2, 2).best).toBe(2)
})

test('one quick frame is enough, and no more are drawn then', () => {
  const one = timed(300, 40, 3, 50)
  expect([one.best, one.drawn()]).toEqual([3, 3])
})

test('a renderer that is slow each time is slow', () => {
  expect(timed(300, 40, 35, 50).best).toBeGreaterThan(MOST_MILLISECONDS)
})
