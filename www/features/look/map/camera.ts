// Which part of the map is seen.
//
// In: the canvas's size, and movements in CSS pixels of it. Out: a `View`.

import { REACH, type View } from './scatter'

/** How many times nearer a place is brought that is sought. */
export const NEARER = 3
/** With a million dots over the plane, a few hundred of them fill the canvas from here. */
export const NEAREST = 60
/** Share of the canvas at its border in which a dot that is walked to would be missed. */
const RIM = 0.08

export class Camera {
  width = 0
  height = 0
  /** Map coordinates of the middle of the canvas. */
  x = 0
  y = 0
  /** How many times nearer than the whole. */
  near = 1

  /** CSS pixels of one unit of the map. */
  get scale(): number {
    return (Math.min(this.width, this.height) / 2) * REACH * this.near
  }

  view(): View {
    const { scale } = this
    return {
      x: { scale, offset: this.width / 2 - this.x * scale },
      y: { scale: -scale, offset: this.height / 2 + this.y * scale },
    }
  }

  /** Map coordinates of a pixel. */
  at(px: number, py: number): [number, number] {
    const { x, y } = this.view()
    return [(px - x.offset) / x.scale, (py - y.offset) / y.scale]
  }

  /** Moves what is seen by so many pixels, never so far that no dot could be seen. */
  pan(dx: number, dy: number): void {
    this.#look(this.x - dx / this.scale, this.y + dy / this.scale)
  }

  /** Comes nearer by a factor; what lies under the pixel stays there. As far away as the whole, it is the whole. */
  zoom(px: number, py: number, factor: number): void {
    const [x, y] = this.at(px, py)
    const near = Math.min(NEAREST, this.near * factor)
    if (near <= 1) return this.whole()
    const share = this.near / near
    this.near = near
    this.#look(x + (this.x - x) * share, y + (this.y - y) * share)
  }

  /** Brings a place of the map to the middle, and nearer if the view is a wide one. */
  centre(x: number, y: number): void {
    this.near = Math.max(this.near, NEARER)
    this.#look(x, y)
  }

  /** Brings a place of the map to the middle if it lies outside or at the border. */
  reveal(x: number, y: number): void {
    const view = this.view()
    const inside = (pixel: number, size: number) => pixel > size * RIM && pixel < size * (1 - RIM)
    const seen = inside(x * view.x.scale + view.x.offset, this.width) && inside(y * view.y.scale + view.y.offset, this.height)
    // The whole map shows every dot, those at its border as well.
    if (!seen && this.near > 1) this.#look(x, y)
  }

  whole(): void {
    this.x = 0
    this.y = 0
    this.near = 1
  }

  #look(x: number, y: number): void {
    this.x = Math.min(1, Math.max(-1, x))
    this.y = Math.min(1, Math.max(-1, y))
  }
}
