// How far each dot moved between two moments of a run, or between two runs.
//
// In: latents of the same items or users at two moments. Out: distances in the full space. Two runs have axes of their own, so the earlier latents
// are turned first to lie as close as they can to the later ones (orthogonal Procrustes, Schönemann 1966); neither is stretched.

import { onPlane, type Plane } from './gaussian'
import { rowOf } from './nearest'
import { placeOf } from './places'
import { leastOf } from './quality'

export interface Latents {
  /** Ascending. */
  indices: Uint32Array
  /** Row-major. */
  mean: Float32Array
  dimensions: number
}

/** Rows of both that are of the same item or user. */
function common(before: Latents, now: Latents): [before: number, now: number][] {
  return Array.from(now.indices, (index, row): [number, number] => [placeOf(before.indices, index), row]).filter(([row]) => row >= 0)
}

/** The earlier latents as they are, or turned onto the later ones; null if the two have different widths or nobody in common. */
export function aligned(before: Latents, now: Latents, turned: boolean): Latents | null {
  const { dimensions } = now
  const pairs = before.dimensions === dimensions ? common(before, now) : []
  if (pairs.length === 0) return null
  if (!turned) return before
  const mean = (of: Float32Array, side: 0 | 1) => {
    const sum = new Float64Array(dimensions)
    for (const pair of pairs) for (let i = 0; i < dimensions; i++) sum[i]! += of[pair[side] * dimensions + i]! / pairs.length
    return sum
  }
  const [from, to] = [mean(before.mean, 0), mean(now.mean, 1)]
  const cross = new Float64Array(dimensions * dimensions)
  for (const [a, b] of pairs) {
    for (let i = 0; i < dimensions; i++) {
      const left = before.mean[a * dimensions + i]! - from[i]!
      for (let j = 0; j < dimensions; j++) cross[i * dimensions + j]! += left * (now.mean[b * dimensions + j]! - to[j]!)
    }
  }
  const turn = rotation(cross, dimensions)
  const moved = new Float32Array(before.mean.length)
  for (let row = 0; row < moved.length; row += dimensions) {
    for (let j = 0; j < dimensions; j++) {
      let sum = to[j]!
      for (let i = 0; i < dimensions; i++) sum += (before.mean[row + i]! - from[i]!) * turn[i * dimensions + j]!
      moved[row + j] = sum
    }
  }
  return { indices: before.indices, mean: moved, dimensions }
}

/** Distance of each row of `now` from where it was; NaN for one that was not there. */
export function distances(before: Latents, now: Latents): Float32Array {
  const { dimensions } = now
  return Float32Array.from(now.indices, (index, row) => {
    const was = placeOf(before.indices, index)
    if (was < 0) return NaN
    let sum = 0
    for (let i = 0; i < dimensions; i++) sum += (now.mean[row * dimensions + i]! - before.mean[was * dimensions + i]!) ** 2
    return Math.sqrt(sum)
  })
}

/** Lines on the plane from where dots were to where they are, of at most so many of those that are kept, evenly chosen. */
export function moveTies(
  before: Latents,
  now: Latents,
  plane: Plane,
  most: number,
  kept: (index: number) => boolean,
): [number, number, number, number][] {
  const pairs = common(before, now).filter(([, row]) => kept(now.indices[row] as number))
  const every = Math.max(1, Math.ceil(pairs.length / most))
  return pairs
    .filter((_, i) => i % every === 0)
    .map(([was, is]) => [...onPlane(plane, rowAt(before, was)), ...onPlane(plane, rowAt(now, is))])
}

/**
 * Share of the nearest of a row that it has at both moments, of some rows, evenly chosen: 1 if every row has the same ones, whatever the axes. Null
 * for fewer rows than such a comparison needs.
 */
export function agreement(before: Latents, now: Latents, neighbours: number, most: number): number | null {
  const pairs = common(before, now)
  if (pairs.length < 2 * neighbours + 2) return null
  const every = Math.max(1, Math.ceil(pairs.length / most))
  const [apart, later] = [new Float64Array(pairs.length), new Float64Array(pairs.length)]
  const measure = ({ mean, dimensions }: Latents, side: 0 | 1, own: number, into: Float64Array) => {
    const from = (pairs[own] as [number, number])[side] * dimensions
    pairs.forEach((pair, other) => {
      let sum = 0
      for (let i = 0; i < dimensions; i++) sum += (mean[from + i]! - mean[pair[side] * dimensions + i]!) ** 2
      into[other] = sum
    })
  }
  let [same, looked] = [0, 0]
  for (let row = 0; row < pairs.length; row += every) {
    measure(before, 0, row, apart)
    measure(now, 1, row, later)
    const was = new Set(leastOf(apart, row, neighbours))
    same += leastOf(later, row, neighbours).filter((other) => was.has(other)).length
    looked += 1
  }
  return same / (looked * neighbours)
}

const rowAt = ({ mean, dimensions }: Latents, row: number) => rowOf({ values: mean, dimensions }, row)

/** Rounds of Jacobi's method at most, and the cosine below which two columns count as orthogonal. */
const ROUNDS = 30
const ORTHOGONAL = 1e-9
/** Directions without any variance, as a collapsed latent space has them, stay as they are for this share of the whole. */
const RIDGE = 1e-9

/** The orthogonal matrix nearest to a square one, row-major: U Vᵀ of its singular value decomposition, by one-sided Jacobi rotations. */
export function rotation(matrix: Float64Array, size: number): Float64Array {
  const left = matrix.slice()
  const ridge = Math.max(1e-100, RIDGE * Math.sqrt(matrix.reduce((sum, value) => sum + value * value, 0)))
  const right = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    left[i * size + i]! += ridge
    right[i * size + i] = 1
  }
  const turn = (of: Float64Array, p: number, q: number, cosine: number, sine: number) => {
    for (let row = 0; row < size * size; row += size) {
      const [a, b] = [of[row + p]!, of[row + q]!]
      of[row + p] = cosine * a - sine * b
      of[row + q] = sine * a + cosine * b
    }
  }
  for (let round = 0, worst = Infinity; round < ROUNDS && worst > ORTHOGONAL; round++) {
    worst = 0
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        let [pp, qq, pq] = [0, 0, 0]
        for (let row = 0; row < size * size; row += size) {
          const [a, b] = [left[row + p]!, left[row + q]!]
          pp += a * a
          qq += b * b
          pq += a * b
        }
        const cosine = Math.abs(pq) / Math.sqrt(pp * qq)
        if (!(cosine > ORTHOGONAL)) continue
        worst = Math.max(worst, cosine)
        const slope = (qq - pp) / (2 * pq)
        const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.hypot(1, slope))
        const length = 1 / Math.hypot(1, tangent)
        turn(left, p, q, length, length * tangent)
        turn(right, p, q, length, length * tangent)
      }
    }
  }
  const found = new Float64Array(size * size)
  for (let k = 0; k < size; k++) {
    let square = 0
    for (let row = 0; row < size * size; row += size) square += left[row + k]! ** 2
    const scale = 1 / Math.sqrt(square)
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) found[i * size + j]! += scale * left[i * size + k]! * right[j * size + k]!
  }
  return found
}
