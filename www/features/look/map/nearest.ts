// Nearest neighbours in the full latent space, exactly.
//
// In: latents, row-major. Out: for each row the nearest others with their distances, or for one row those that point the same way.

/** Rows of a matrix. */
export interface Matrix {
  values: Float32Array
  dimensions: number
}

export interface Neighbours {
  count: number
  /** Row-major, `count` for each row, nearest first. */
  indices: Uint32Array
  /** Euclidean. */
  distances: Float32Array
}

/** Rows that are compared with all others before the work can be interrupted. */
const PIECE = 64

/** Dimensions that are added up before a row is given up as too far. */
const STRIDE = 8

export const rowCount = ({ values, dimensions }: Matrix): number => (dimensions > 0 ? values.length / dimensions : 0)

/**
 * The `count` nearest other rows of each row by Euclidean distance. Gives the number of rows that are done after each piece and the
 * neighbours at the end, so that whoever asks can tell the progress.
 */
export function* nearest(matrix: Matrix, count: number): Generator<number, Neighbours> {
  const { values, dimensions } = matrix
  const rows = rowCount(matrix)
  const most = Math.min(count, Math.max(0, rows - 1))
  const indices = new Uint32Array(rows * most)
  const squares = new Float32Array(rows * most).fill(Infinity)
  if (most === 0) return { count: 0, indices, distances: squares }
  for (let first = 0; first < rows; first += PIECE) {
    const end = Math.min(rows, first + PIECE)
    for (let row = first; row < end; row++) {
      const begin = row * most
      const last = begin + most - 1
      const own = row * dimensions
      for (let other = 0, at = 0; other < rows; other++, at += dimensions) {
        const limit = squares[last] as number
        let sum = 0
        // Most rows are too far after a few dimensions.
        for (let from = 0; from < dimensions && sum < limit; from += STRIDE) {
          const to = Math.min(dimensions, from + STRIDE)
          for (let i = from; i < to; i++) {
            const apart = (values[own + i] as number) - (values[at + i] as number)
            sum += apart * apart
          }
        }
        if (!(sum < limit) || other === row) continue
        // Puts it in its place among the nearest so far.
        let place = last
        while (place > begin && (squares[place - 1] as number) > sum) {
          squares[place] = squares[place - 1] as number
          indices[place] = indices[place - 1] as number
          place--
        }
        squares[place] = sum
        indices[place] = other
      }
    }
    yield end
  }
  return { count: most, indices, distances: squares.map(Math.sqrt) }
}

/** The rows whose direction is nearest to that of a vector, by the cosine of the angle between them; rows without a direction and
 * `except` are left out. */
export function alike(matrix: Matrix, vector: Float32Array, count: number, except = -1): { row: number; cosine: number }[] {
  const { values, dimensions } = matrix
  const length = Math.hypot(...vector)
  const found: { row: number; cosine: number }[] = []
  if (!(length > 0)) return found
  const rows = rowCount(matrix)
  for (let row = 0; row < rows; row++) {
    if (row === except) continue
    let product = 0
    let square = 0
    for (let i = 0; i < dimensions; i++) {
      const value = values[row * dimensions + i] as number
      product += value * (vector[i] as number)
      square += value * value
    }
    if (!(square > 0)) continue
    const cosine = product / (length * Math.sqrt(square))
    const least = found[found.length - 1]
    if (found.length >= count && least && cosine <= least.cosine) continue
    let place = found.length
    while (place > 0 && (found[place - 1]?.cosine ?? Infinity) < cosine) place--
    found.splice(place, 0, { row, cosine })
    if (found.length > count) found.pop()
  }
  return found
}

/** A row as a vector. */
export const rowOf = ({ values, dimensions }: Matrix, row: number): Float32Array =>
  values.subarray(row * dimensions, (row + 1) * dimensions)
