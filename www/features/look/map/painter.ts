// What puts dots on a canvas, frame by frame: the graphics card (`painter-webgl.ts`) or the processor (`painter-pixels.ts`).

import type { Dots, Places, View } from './scatter'

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number]

export interface Frame {
  context: CanvasRenderingContext2D
  /** Of the canvas, in its own pixels. */
  width: number
  height: number
  /** How map coordinates come to the canvas's own pixels. */
  view: View
  /** How much of the way from the former places is done, 0 to 1. */
  share: number
  /** Diameter of a dot in the canvas's own pixels. */
  size: number
  opacity: number
  /** One for each category. */
  colours: readonly Colour[]
  background: Colour
}

export interface Painter {
  /** Whether the graphics card draws. */
  readonly accelerated: boolean
  /** Sets the dots, and the places that they glide from, as many as dots; null if they stand still. */
  take(dots: Dots, from: Places | null): void
  paint(frame: Frame): void
  release(): void
}

/** A colour as `fillStyle` of a canvas gives it back, `#rrggbb`; black for what is none. */
export function colourOf(hexadecimal: string): Colour {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(hexadecimal)
  return [1, 2, 3].map((at) => parseInt(digits?.[at] ?? '0', 16)) as unknown as Colour
}
