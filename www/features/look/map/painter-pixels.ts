// Dots on a plain canvas, pixel by pixel, for browsers without WebGL2 and where it would only be emulated.
//
// The canvas's own discs and rectangles cost microseconds each, a pixel that is mixed here a few nanoseconds: a hundred thousand dots are
// a matter of milliseconds. A dot is stamped: how much of each pixel its disc covers is worked out once, for a few places within a pixel.

import type { Colour, Frame, Painter } from './painter'
import type { Dots, Places } from './scatter'

/** Places within a pixel, along each axis, for which there is a stamp: finer steps of a glide cannot be seen. */
const STEPS = 4
/** An opacity of 1, so that a product is divided by a shift. */
const WHOLE = 256

/** Pixels that a disc covers: their offsets from that of its middle, and how much of each, up to `WHOLE`. */
interface Stamp {
  offsets: Int32Array
  covers: Int32Array
}

export class PixelPainter implements Painter {
  readonly accelerated = false
  #dots: Dots = { x: new Float32Array(), y: new Float32Array(), category: new Uint8Array() }
  #from: Places | null = null
  #image = new ImageData(1, 1)
  #pixels = new Int32Array(this.#image.data.buffer)
  #stamps: { key: string; all: Stamp[] } = { key: '', all: [] }

  take(dots: Dots, from: Places | null): void {
    this.#dots = dots
    this.#from = from
  }

  paint({ context, width, height, view, share, size, opacity, colours, background }: Frame): void {
    // Around the picture lies a margin, so that no stamp has to be cut.
    const reach = reachOf(size)
    const margin = 2 * reach
    const [across, down] = [width + 2 * margin, height + 2 * margin]
    if (this.#image.width !== across || this.#image.height !== down) {
      this.#image = new ImageData(across, down)
      this.#pixels = new Int32Array(this.#image.data.buffer)
    }
    const pixels = this.#pixels
    pixels.fill(packed(background))
    const stamps = this.#stampsFor(size, opacity, across)
    const palette = Int32Array.from({ length: 256 }, (_, i) => packed(colours[i] ?? [0, 0, 0]))
    const { x, y, category } = this.#dots
    const from = share < 1 ? this.#from : null
    const [left, top] = [view.x.offset + margin, view.y.offset + margin]
    const [right, bottom] = [across - reach, down - reach]
    for (let dot = 0; dot < x.length; dot++) {
      let px = x[dot] as number
      let py = y[dot] as number
      if (from) {
        px = (from.x[dot] as number) * (1 - share) + px * share
        py = (from.y[dot] as number) * (1 - share) + py * share
      }
      px = px * view.x.scale + left
      py = py * view.y.scale + top
      if (!(px >= reach && py >= reach && px < right && py < bottom)) continue
      const [column, row] = [px | 0, py | 0]
      const stamp = stamps[(((py - row) * STEPS) | 0) * STEPS + (((px - column) * STEPS) | 0)] as Stamp
      const colour = palette[category[dot] as number] as number
      mix(pixels, row * across + column, stamp, colour & 0xff00ff, colour & 0x00ff00)
    }
    context.putImageData(this.#image, -margin, -margin, margin, margin, width, height)
  }

  release(): void {}

  #stampsFor(size: number, opacity: number, across: number): readonly Stamp[] {
    const key = `${size} ${opacity} ${across}`
    if (this.#stamps.key !== key) {
      const place = (step: number) => (step + 0.5) / STEPS
      const all = Array.from({ length: STEPS ** 2 }, (_, i) =>
        stampOf(size, opacity, across, place(i % STEPS), place(Math.floor(i / STEPS))),
      )
      this.#stamps = { key, all }
    }
    return this.#stamps.all
  }
}

/** Mixes a colour, as red with blue and green, into the pixels of a stamp. Little-endian, as WebAssembly is anyway. */
function mix(pixels: Int32Array, middle: number, { offsets, covers }: Stamp, redBlue: number, green: number): void {
  for (let at = 0; at < offsets.length; at++) {
    const place = middle + (offsets[at] as number)
    const below = pixels[place] as number
    const cover = covers[at] as number
    const rest = WHOLE - cover
    const mixedRedBlue = ((Math.imul(redBlue, cover) + Math.imul(below & 0xff00ff, rest)) >>> 8) & 0xff00ff
    const mixedGreen = ((Math.imul(green, cover) + Math.imul(below & 0x00ff00, rest)) >>> 8) & 0x00ff00
    pixels[place] = 0xff000000 | mixedRedBlue | mixedGreen
  }
}

/** A disc whose middle lies so far right of and below the corner of its pixel: the same soft rim as the card's. */
function stampOf(size: number, opacity: number, across: number, right: number, below: number): Stamp {
  const reach = reachOf(size)
  const offsets: number[] = []
  const covers: number[] = []
  for (let row = -reach; row <= reach; row++) {
    for (let column = -reach; column <= reach; column++) {
      const distance = Math.hypot(column + 0.5 - right, row + 0.5 - below)
      const cover = Math.round(WHOLE * opacity * Math.min(1, Math.max(0, size / 2 + 0.5 - distance)))
      if (cover === 0) continue
      offsets.push(row * across + column)
      covers.push(cover)
    }
  }
  return { offsets: Int32Array.from(offsets), covers: Int32Array.from(covers) }
}

/** Pixels from that of a disc's middle to the last one that it may touch. */
const reachOf = (size: number) => Math.ceil(size / 2 + 0.5)

const packed = ([red, green, blue]: Colour) => 0xff000000 | (blue << 16) | (green << 8) | red
