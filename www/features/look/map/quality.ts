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

/**
 * Of `neighbours` nearest ones each; null for a map of fewer points than such a comparison needs. `among` are the rows that are looked at,
 * each compared with all of the map: of all rows where absent.
 */
export function qualityOf(
  matrix: Matrix,
  points: ArrayLike<number>,
  neighbours: number,
  most: number,
  among?: ArrayLike<number>,
): Quality | null {
  const rows = rowCount(matrix)
  const asked = among?.length ?? rows
  if (rows < 2 * neighbours + 2 || asked === 0) return null
  const every = Math.max(1, Math.ceil(asked / most))
  const plane = { values: points, dimensions: 2 }
  const [far, near] = [new Float64Array(rows), new Float64Array(rows)]
  let [penalty, common, looked] = [0, 0, 0]
  for (let at = 0; at < asked; at += every) {
    const row = among ? (among[at] as number) : at
    measure(matrix, row, far)
    measure(plane, row, near)
    for (const place of placesOf(far, leastOf(near, row, neighbours), row)) {
      if (place <= neighbours) common += 1
      else penalty += place - neighbours
    }
    looked += 1
  }
  const worst = (looked * neighbours * (2 * rows - 3 * neighbours - 1)) / 2
  return { trust: 1 - penalty / worst, kept: common / (looked * neighbours), rows: looked }
}

/** Squared distances of all rows from one. */
function measure({ values, dimensions }: { values: ArrayLike<number>; dimensions: number }, row: number, apart: Float64Array): void {
  const own = row * dimensions
  for (let other = 0, at = 0; other < apart.length; other++, at += dimensions) {
    let sum = 0
    for (let i = 0; i < dimensions; i++) {
      const far = (values[own + i] as number) - (values[at + i] as number)
      sum += far * far
    }
    apart[other] = sum
  }
}

/** The other rows with the least distances, of equal ones the first. */
export function leastOf(apart: Float64Array, row: number, count: number): number[] {
  const found: number[] = []
  for (let other = 0; other < apart.length; other++) {
    const distance = apart[other] as number
    if (other === row || (found.length === count && !(distance < (apart[found[count - 1] as number] as number)))) continue
    let place = found.length
    while (place > 0 && (apart[found[place - 1] as number] as number) > distance) place--
    found.splice(place, 0, other)
    if (found.length > count) found.pop()
  }
  return found
}

/** The places of some rows, from 1, if all others were in the order of their distances. Counted, since sorting a large map takes longer. */
function placesOf(apart: Float64Array, some: readonly number[], row: number): number[] {
  const places = some.map(() => 1)
  for (let other = 0; other < apart.length; other++) {
    if (other === row) continue
    const distance = apart[other] as number
    for (let i = 0; i < some.length; i++) {
      const own = apart[some[i] as number] as number
      if (distance < own || (distance === own && other < (some[i] as number))) places[i]!++
    }
  }
  return places
}
