// Where the dots are dense: lines round the smallest regions that hold a share of them (Hyndman 1996, "highest density regions").
//
// In: places of the dots. Out: for each share the rings of its region, as the path of an SVG in map coordinates. The density is that of a
// Gaussian kernel on a grid, its width by Scott's rule; a line goes where the density is what the least dense dot within has.

import { blur2 } from 'd3-array'
import { contours } from 'd3-contour'

import type { Places } from './scatter'

/** Shares of the dots that the lines enclose, the widest first. */
export const SHARES = [0.9, 0.7, 0.5, 0.3, 0.1] as const
/** Fewer dots than this show more than their lines. */
export const LEAST_DOTS = 20
/** Cells along a side. */
const SIDE = 192
/** The grid goes as far beyond the dots as a kernel does. */
const EDGE = 1.15
/** Width of the kernel in cells: a narrower one follows single dots, a wider one shows one heap. */
const NARROWEST = 1.5
const WIDEST = 8

export interface Contour {
  share: number
  rings: [number, number][][]
}

/** Lines round the dots that `within` keeps; none if those are too few. */
export function densityContours(places: Places, within: (dot: number) => boolean = () => true): Contour[] {
  const dots = kept(places.x.length, within)
  if (dots.length < LEAST_DOTS) return []
  const cellOf = (value: number) => ((value + EDGE) / (2 * EDGE)) * SIDE - 0.5
  const grid = new Float32Array(SIDE ** 2)
  for (const dot of dots) spread(grid, cellOf(places.x[dot] as number), cellOf(places.y[dot] as number))
  const width = Math.min(WIDEST, Math.max(NARROWEST, (deviation(places, dots) * dots.length ** (-1 / 6) * SIDE) / (2 * EDGE)))
  blur2({ data: grid, width: SIDE, height: SIDE }, width)
  const density = new Float32Array(dots.length)
  for (let i = 0; i < dots.length; i++) {
    const dot = dots[i] as number
    density[i] = between(grid, cellOf(places.x[dot] as number), cellOf(places.y[dot] as number))
  }
  density.sort()
  const lines = contours().size([SIDE, SIDE])
  return SHARES.map((share) => {
    const threshold = density[Math.floor((1 - share) * dots.length)] as number
    const { coordinates } = lines.contour(grid as unknown as number[], threshold)
    const rings = coordinates.flat().map((ring) => ring.map(([x = 0, y = 0]) => [placeOf(x), placeOf(y)] as [number, number]))
    return { share, rings }
  })
}

/** Rings as the path of an SVG, in map coordinates. */
export const pathOf = ({ rings }: Contour) =>
  rings.map((ring) => `M${ring.map((corner) => corner.map((value) => value.toFixed(4)).join(' ')).join('L')}Z`).join('')

const placeOf = (cell: number) => (cell / SIDE) * 2 * EDGE - EDGE

function kept(count: number, within: (dot: number) => boolean): Uint32Array {
  const dots = new Uint32Array(count)
  let found = 0
  for (let dot = 0; dot < count; dot++) if (within(dot)) dots[found++] = dot
  return dots.subarray(0, found)
}

/** The mean of the standard deviations along both axes. */
function deviation({ x, y }: Places, dots: Uint32Array): number {
  const along = (values: Float32Array) => {
    let [sum, squares] = [0, 0]
    for (const dot of dots) {
      sum += values[dot] as number
      squares += (values[dot] as number) ** 2
    }
    return Math.sqrt(Math.max(0, squares / dots.length - (sum / dots.length) ** 2))
  }
  return (along(x) + along(y)) / 2
}

/** The four cells round a place and the share of each: the corner's at left and above, to be multiplied. */
function corner(column: number, row: number): { at: number; right: number; down: number } {
  const [left, top] = [column, row].map((value) => Math.min(SIDE - 2, Math.max(0, Math.floor(value)))) as [number, number]
  return { at: top * SIDE + left, right: Math.min(1, Math.max(0, column - left)), down: Math.min(1, Math.max(0, row - top)) }
}

function spread(grid: Float32Array, column: number, row: number): void {
  const { at, right, down } = corner(column, row)
  const add = (cell: number, share: number) => (grid[cell] = (grid[cell] as number) + share)
  add(at, (1 - right) * (1 - down))
  add(at + 1, right * (1 - down))
  add(at + SIDE, (1 - right) * down)
  add(at + SIDE + 1, right * down)
}

function between(grid: Float32Array, column: number, row: number): number {
  const { at, right, down } = corner(column, row)
  const above = (grid[at] as number) * (1 - right) + (grid[at + 1] as number) * right
  const below = (grid[at + SIDE] as number) * (1 - right) + (grid[at + SIDE + 1] as number) * right
  return above * (1 - down) + below * down
}
