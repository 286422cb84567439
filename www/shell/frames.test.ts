// Turns of several drawings where frames are few.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let frames: (() => void)[] = []
let soon: (owner: object, task: () => void) => void
let never: (owner: object) => void

beforeEach(async () => {
  frames = []
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame))
  // A queue of its own for each test.
  vi.resetModules()
  ;({ soon, never } = await import('./frames'))
})
afterEach(() => vi.unstubAllGlobals())

const passFrame = () => frames.splice(0).forEach((frame) => frame())

test('with more updates than frames each owner still has its turn, with its newest task', () => {
  const charts = [{}, {}, {}]
  const drawn: string[] = []
  for (let update = 0; update < 9; update += 1) {
    charts.forEach((chart, at) => soon(chart, () => drawn.push(`chart ${at} update ${update}`)))
    passFrame()
  }
  for (const at of [0, 1, 2]) expect(drawn.filter((one) => one.startsWith(`chart ${at}`))).toHaveLength(3)
  expect(drawn.slice(0, 3)).toEqual(['chart 0 update 0', 'chart 1 update 1', 'chart 2 update 2'])
})

test('one task a frame, and none of an owner that is gone', () => {
  const [first, second] = [{}, {}]
  const drawn: string[] = []
  soon(first, () => drawn.push('first'))
  soon(second, () => drawn.push('second'))
  never(first)
  passFrame()
  expect(drawn).toEqual(['second'])
  passFrame()
  expect(drawn).toEqual(['second'])
})
