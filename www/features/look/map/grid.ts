// Which dot lies nearest to a place of the plane, without a look at all of them.
//
// In: places of the dots. Out: the index of a dot. The plane is cut into equal cells, and dots are listed by cell; a search goes round by
// round outwards from the cell of the place until no nearer dot is possible.

import type { Places } from './scatter'

/** Dots in a cell if they were spread evenly. */
const DOTS_IN_CELL = 4
/** Cells along a side at most: 1,048,576 in all, 4 MB. */
const MOST_CELLS = 1024

export class DotGrid {
  readonly #x: Float32Array
  readonly #y: Float32Array
  readonly #side: number
  readonly #left: number
  readonly #low: number
  /** Width of a cell in map coordinates. */
  readonly #cell: number
  /** Where the dots of each cell begin in `#dots`, and where those of the last one end. */
  readonly #first: Uint32Array
  readonly #dots: Uint32Array

  constructor({ x, y }: Places) {
    this.#x = x
    this.#y = y
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity]
    for (let dot = 0; dot < x.length; dot++) {
      const [px, py] = [x[dot] as number, y[dot] as number]
      if (px < left) left = px
      if (px > right) right = px
      if (py < low) low = py
      if (py > high) high = py
    }
    this.#side = Math.min(MOST_CELLS, Math.max(1, Math.ceil(Math.sqrt(x.length / DOTS_IN_CELL))))
    this.#left = left
    this.#low = low
    this.#cell = Math.max(right - left, high - low, Number.MIN_VALUE) / this.#side
    this.#first = new Uint32Array(this.#side ** 2 + 1)
    this.#dots = new Uint32Array(x.length)
    this.#list()
  }

  /** The dot nearest to a place, no farther than `radius`; null if there is none. */
  nearest(x: number, y: number, radius: number): number | null {
    if (this.#dots.length === 0) return null
    const [column, row] = [this.#place(x, this.#left), this.#place(y, this.#low)]
    const search = { x, y, least: radius ** 2, dot: null as number | null }
    for (let round = 0; round < this.#side; round++) {
      // What lies outside the rounds so far is at least so far away; a place outside the grid is farther still.
      const reached = Math.max(0, round - 1) * this.#cell
      if (reached ** 2 > search.least) break
      for (let down = row - round; down <= row + round; down++) {
        if (down < 0 || down >= this.#side) continue
        const border = Math.abs(down - row) === round
        for (let across = column - round; across <= column + round; across += border ? 1 : Math.max(1, 2 * round)) {
          if (across >= 0 && across < this.#side) this.#look(down * this.#side + across, search)
        }
      }
    }
    return search.dot
  }

  #look(cell: number, search: { x: number; y: number; least: number; dot: number | null }): void {
    for (let at = this.#first[cell] as number; at < (this.#first[cell + 1] as number); at++) {
      const dot = this.#dots[at] as number
      const distance = ((this.#x[dot] as number) - search.x) ** 2 + ((this.#y[dot] as number) - search.y) ** 2
      // Of two at the same place the later one is drawn above. A place that is no number is at no distance.
      if (!(distance <= search.least) || (distance === search.least && (search.dot ?? -1) > dot)) continue
      search.least = distance
      search.dot = dot
    }
  }

  /** Column or row of a coordinate, the nearest one for what lies outside. */
  #place(value: number, from: number): number {
    const place = Math.floor((value - from) / this.#cell)
    return place > 0 ? Math.min(this.#side - 1, place) : 0
  }

  /** Lists the dots by cell: counted, then put in place. */
  #list(): void {
    const first = this.#first
    const cells = new Uint32Array(this.#x.length)
    for (let dot = 0; dot < cells.length; dot++) {
      const cell = this.#place(this.#y[dot] as number, this.#low) * this.#side + this.#place(this.#x[dot] as number, this.#left)
      cells[dot] = cell
      first[cell + 1] = (first[cell + 1] as number) + 1
    }
    for (let cell = 1; cell < first.length; cell++) first[cell] = (first[cell] as number) + (first[cell - 1] as number)
    const next = first.slice()
    for (let dot = 0; dot < cells.length; dot++) {
      const cell = cells[dot] as number
      const at = next[cell] as number
      this.#dots[at] = dot
      next[cell] = at + 1
    }
  }
}
