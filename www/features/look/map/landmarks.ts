// Dots of a map by its landmarks: a few thousand rows are laid out, and every other row is placed among those that are nearest to it.
//
// In: landmarks with their points, and other rows of the same space: the rest of the map, later epochs, new users. Out: their points, each
// the weighted mean of those of its nearest landmarks. Landmark maps are those of de Silva and Tenenbaum (2004); openTSNE and Rtsne
// place new points in such a way before they move them on, which at the size of these maps changes little and takes as long as the map.

import { type Matrix, rowCount } from './nearest'
import { seeded } from './random'

/** Landmarks by which a row is placed. */
export const PLACED_BY = 5
/** Rows that are compared with all landmarks before the work can be interrupted. */
const PIECE = 256
/** Dimensions that are added up before a landmark is given up as too far. */
const STRIDE = 8

/**
 * So many of the rows, ascending: the rows are cut into as many equal pieces, and one of each is drawn. So every part of the log has its share, and no
 * rhythm in the order of rows leaves a group without landmarks, as every fourth row would.
 */
export function chosenRows(rows: number, most: number, seed: number): Uint32Array<ArrayBuffer> {
  const count = Math.min(rows, most)
  const random = seeded(seed)
  const border = (piece: number) => Math.floor((piece * rows) / count)
  return Uint32Array.from({ length: count }, (_, i) => border(i) + Math.floor(random() * (border(i + 1) - border(i))))
}

/** Rows of a matrix as a matrix. */
export function rowsOf({ values, dimensions }: Matrix, rows: Uint32Array): Matrix & { values: Float32Array<ArrayBuffer> } {
  const some = new Float32Array(rows.length * dimensions)
  rows.forEach((row, i) => some.set(values.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions))
  return { values: some, dimensions }
}

/** By which landmarks each row is placed, `count` each, and with which weights, which sum to 1. */
export interface Anchors {
  count: number
  landmarks: Uint32Array
  weights: Float32Array
}

/** The anchors of rows. Gives the number of rows that are done after each piece. */
export function* anchorsOf(matrix: Matrix, landmarks: Matrix, most = PLACED_BY): Generator<number, Anchors> {
  const { values, dimensions } = matrix
  const [rows, among] = [rowCount(matrix), rowCount(landmarks)]
  const count = Math.min(most, among)
  const indices = new Uint32Array(rows * count)
  const weights = new Float32Array(rows * count)
  const squares = new Float32Array(count)
  const fixed = landmarks.values
  for (let row = 0; row < rows; row++) {
    const begin = row * count
    const own = row * dimensions
    squares.fill(Infinity)
    let limit = Infinity
    for (let other = 0, at = 0; other < among; other++, at += dimensions) {
      let sum = 0
      for (let from = 0; from < dimensions && sum < limit; from += STRIDE) {
        const to = Math.min(dimensions, from + STRIDE)
        for (let i = from; i < to; i++) {
          const apart = (values[own + i] as number) - (fixed[at + i] as number)
          sum += apart * apart
        }
      }
      if (!(sum < limit)) continue
      let place = count - 1
      while (place > 0 && (squares[place - 1] as number) > sum) {
        squares[place] = squares[place - 1] as number
        indices[begin + place] = indices[begin + place - 1] as number
        place--
      }
      squares[place] = sum
      indices[begin + place] = other
      limit = squares[count - 1] as number
    }
    weigh(squares, weights.subarray(begin, begin + count))
    if ((row + 1) % PIECE === 0) yield row + 1
  }
  return { count, landmarks: indices, weights }
}

/** Weights that fall with the square of the distance; a row that lies on a landmark is where that one is. */
function weigh(squares: Float32Array, weights: Float32Array): void {
  let total = 0
  const floor = Math.max(1e-12 * (squares[squares.length - 1] as number), 1e-30)
  for (let i = 0; i < squares.length; i++) {
    weights[i] = 1 / Math.max(squares[i] as number, floor)
    total += weights[i] as number
  }
  for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] as number) / total
}

/** The points of rows among those of the landmarks, x0 y0 x1 y1 …. */
export function placed({ count, landmarks, weights }: Anchors, points: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const rows = count > 0 ? landmarks.length / count : 0
  const found = new Float32Array(2 * rows)
  for (let row = 0; row < rows; row++) {
    let [x, y] = [0, 0]
    for (let i = row * count; i < (row + 1) * count; i++) {
      const [at, weight] = [2 * (landmarks[i] as number), weights[i] as number]
      x += weight * (points[at] as number)
      y += weight * (points[at + 1] as number)
    }
    found[2 * row] = x
    found[2 * row + 1] = y
  }
  return found
}

/** The point of a single row; null for one of another width. */
export function placedOne(row: Float32Array, landmarks: { values: Float32Array; points: Float32Array }): [number, number] | null {
  const dimensions = row.length
  if (landmarks.values.length / dimensions !== landmarks.points.length / 2) return null
  const pieces = anchorsOf({ values: row, dimensions }, { values: landmarks.values, dimensions })
  for (;;) {
    const piece = pieces.next()
    if (!piece.done) continue
    const [x = NaN, y = NaN] = placed(piece.value, landmarks.points)
    return [x, y]
  }
}
