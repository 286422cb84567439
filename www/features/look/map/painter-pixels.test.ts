import { beforeAll, describe, expect, test, vi } from 'vitest'

import { colourOf, type Frame } from './painter'
import { PixelPainter } from './painter-pixels'
import type { Dots } from './scatter'

/** A canvas that keeps what is put onto it. */
class Paper {
  image = { data: new Uint8ClampedArray(), width: 0 }
  left = 0
  top = 0
  putImageData(image: { data: Uint8ClampedArray; width: number }, left: number, top: number): void {
    Object.assign(this, { image, left, top })
  }
  at(x: number, y: number): number[] {
    const first = 4 * ((y - this.top) * this.image.width + x - this.left)
    return [...this.image.data.subarray(first, first + 4)]
  }
}

beforeAll(() => {
  vi.stubGlobal(
    'ImageData',
    class {
      data: Uint8ClampedArray
      constructor(
        readonly width: number,
        readonly height: number,
      ) {
        this.data = new Uint8ClampedArray(4 * width * height)
      }
    },
  )
})

function paint(dots: Dots, frame: Partial<Frame> = {}, from: { x: Float32Array; y: Float32Array } | null = null): Paper {
  const paper = new Paper()
  const painter = new PixelPainter()
  painter.take(dots, from)
  painter.paint({
    context: paper as unknown as CanvasRenderingContext2D,
    width: 20,
    height: 10,
    view: { x: { scale: 1, offset: 0 }, y: { scale: 1, offset: 0 } },
    share: 1,
    size: 4,
    opacity: 1,
    colours: [
      [255, 0, 0],
      [0, 128, 255],
    ],
    background: [255, 255, 255],
    ...frame,
  })
  return paper
}

const WHITE = [255, 255, 255, 255]
const two: Dots = { x: Float32Array.of(5, 15), y: Float32Array.of(5, 5), category: Uint8Array.of(0, 1) }

describe('dots pixel by pixel', () => {
  test('are discs in their colours on the background', () => {
    const paper = paint(two)
    expect(paper.at(4, 4)).toEqual([255, 0, 0, 255])
    expect(paper.at(15, 5)).toEqual([0, 128, 255, 255])
    expect(paper.at(10, 5)).toEqual(WHITE)
    // The corner of its square is not covered.
    expect(paper.at(2, 2)).toEqual(WHITE)
  })

  test('mix with what lies below', () => {
    const above: Dots = { x: Float32Array.of(5, 5), y: Float32Array.of(5, 5), category: Uint8Array.of(0, 1) }
    const [red = 0, green = 0, blue = 0] = paint(above, { opacity: 0.5 }).at(5, 5)
    // Half of white and red, then half of that and blue.
    expect([red, green, blue].map((value, i) => Math.abs(value - ([128, 128, 192][i] ?? 0)) <= 2)).toEqual([true, true, true])
  })

  test('are seen in part at the border, and not where they lie outside', () => {
    const border: Dots = { x: Float32Array.of(-1, 20.5, -3, 9), y: Float32Array.of(5, 5, 9, -40), category: Uint8Array.of(0, 1, 0, 0) }
    const paper = paint(border)
    expect(paper.at(0, 5)[1]).toBeLessThan(255)
    expect(paper.at(19, 5)[0]).toBeLessThan(255)
    // Nothing of one side comes out on the other.
    for (let y = 0; y < 10; y++) for (let x = 3; x < 17; x++) expect(paper.at(x, y)).toEqual(WHITE)
    expect(paper.at(0, 9)).toEqual(WHITE)
  })

  test('are between two places while they glide', () => {
    const from = { x: Float32Array.of(5, 15), y: Float32Array.of(1, 5) }
    const to: Dots = { x: Float32Array.of(9, 15), y: Float32Array.of(1, 5), category: Uint8Array.of(0, 1) }
    expect(paint(to, { share: 0.5, size: 2 }, from).at(7, 1)[1]).toBeLessThan(140)
    expect(paint(to, { share: 1, size: 2 }, from).at(7, 1)).toEqual(WHITE)
  })
})

test('a colour is read as a canvas writes it', () => {
  expect(colourOf('#10a0ff')).toEqual([16, 160, 255])
  expect(colourOf('tomato')).toEqual([0, 0, 0])
})
