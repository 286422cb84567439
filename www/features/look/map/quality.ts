// How far a map can be trusted: trustworthiness (Venna and Kaski 2001) and the share of nearest neighbours that it keeps.
//
// In: latents, and the points of the same rows in the plane. Out: both numbers, over some rows, evenly chosen, each compared with all others.

import { type Matrix, rowCount } from './nearest'

export interface Quality {
  /** 1 where every neighbour in the plane is one in the full space, less the further away it is there; about 0.5 by chance. */
  trust: number
  /** Share of the nearest in the full space that are among as many nearest in the plane. */
  kept: number
  /** Rows that were looked at. */
  rows: number
}

/** Of `neighbours` nearest ones each; null for a map of fewer points than such a comparison needs. */
export function qualityOf(matrix: Matrix, points: ArrayLike<number>, neighbours: number, most: number): Quality | null {
  const rows = rowCount(matrix)
  if (rows < 2 * neighbours + 2) return null
  const every = Math.max(1, Math.ceil(rows / most))
  const plane = { values: points, dimensions: 2 }
  let [penalty, common, looked] = [0, 0, 0]
  for (let row = 0; row < rows; row += every) {
    const far = order(matrix, row)
    const near = order(plane, row).subarray(0, neighbours)
    const rank = new Uint32Array(rows)
    far.forEach((other, place) => (rank[other] = place + 1))
    for (const other of near) {
      const place = rank[other] as number
      if (place <= neighbours) common += 1
      else penalty += place - neighbours
    }
    looked += 1
  }
  const worst = (looked * neighbours * (2 * rows - 3 * neighbours - 1)) / 2
  return { trust: 1 - penalty / worst, kept: common / (looked * neighbours), rows: looked }
}

/** All other rows, the nearest first. */
function order({ values, dimensions }: { values: ArrayLike<number>; dimensions: number }, row: number): Uint32Array {
  const rows = values.length / dimensions
  const apart = new Float64Array(rows)
  for (let other = 0; other < rows; other++) {
    let sum = 0
    for (let i = 0; i < dimensions; i++) sum += ((values[row * dimensions + i] as number) - (values[other * dimensions + i] as number)) ** 2
    apart[other] = sum
  }
  return Uint32Array.from({ length: rows }, (_, other) => other)
    .filter((other) => other !== row)
    .sort((a, b) => (apart[a] as number) - (apart[b] as number) || a - b)
}
