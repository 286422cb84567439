import { describe, expect, test } from 'vitest'

import { Camera, NEAREST } from './camera'
import { REACH } from './scatter'

function camera(width = 800, height = 600): Camera {
  const made = new Camera()
  made.width = width
  made.height = height
  return made
}

const pixel = (of: Camera, x: number, y: number) => {
  const view = of.view()
  return [x * view.x.scale + view.x.offset, y * view.y.scale + view.y.offset] as const
}

describe('a camera', () => {
  test('shows the whole in the middle, up being up', () => {
    const of = camera()
    expect(pixel(of, 0, 0)).toEqual([400, 300])
    expect(pixel(of, 1, 1)).toEqual([400 + 300 * REACH, 300 - 300 * REACH])
    const [x, y] = of.at(...pixel(of, 0.3, -0.7))
    expect(x).toBeCloseTo(0.3, 12)
    expect(y).toBeCloseTo(-0.7, 12)
  })

  test('keeps what lies under the pointer where it is', () => {
    const of = camera()
    for (const factor of [2, 3, 0.5, 1.7]) {
      const before = of.at(500, 200)
      of.zoom(500, 200, factor)
      const [x, y] = of.at(500, 200)
      expect(x).toBeCloseTo(before[0], 12)
      expect(y).toBeCloseTo(before[1], 12)
    }
    expect(of.near).toBeCloseTo(5.1, 12)
  })

  test('comes no nearer than it may, and is the whole map from as far away as that', () => {
    const of = camera()
    of.zoom(500, 200, 1e9)
    expect(of.near).toBe(NEAREST)
    of.zoom(10, 10, 1e-9)
    expect([of.x, of.y, of.near]).toEqual([0, 0, 1])
  })

  test('moves with the pointer, and never where no dot could be', () => {
    const of = camera()
    of.zoom(400, 300, 4)
    const before = of.at(100, 100)
    of.pan(30, -20)
    const after = of.at(130, 80)
    expect(after[0]).toBeCloseTo(before[0], 12)
    expect(after[1]).toBeCloseTo(before[1], 12)
    of.pan(1e6, 1e6)
    expect([of.x, of.y]).toEqual([-1, 1])
  })

  test('brings a place to the middle, but for one that is seen', () => {
    const of = camera()
    of.reveal(1, 1)
    expect([of.x, of.y, of.near]).toEqual([0, 0, 1])
    of.centre(0.5, 0.25)
    expect([of.x, of.y, of.near]).toEqual([0.5, 0.25, 3])
    of.reveal(0.55, 0.25)
    expect(of.x).toBe(0.5)
    of.reveal(-0.9, 0.1)
    expect([of.x, of.y, of.near]).toEqual([-0.9, 0.1, 3])
  })
})
