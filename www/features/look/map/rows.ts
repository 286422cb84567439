// What the map tells of single rows of the latents, and of groups of them.

import { onPlane, type Plane } from './gaussian'
import { rowOf } from './nearest'

/** Posteriors of users: a mean and a logarithm of the variance in each row. */
export interface Posteriors {
  mean: Float32Array
  log_variance: Float32Array
  dimensions: number
}

/** The posterior of a row, with its KL (nats) and its least and largest standard deviation. */
export function posteriorOf({ mean, log_variance, dimensions }: Posteriors, row: number, kl: number) {
  const logged = rowOf({ values: log_variance, dimensions }, row)
  const spread = [...logged].map((value) => Math.exp(value / 2))
  return { kl, narrow: Math.min(...spread), wide: Math.max(...spread), logged, mean: rowOf({ values: mean, dimensions }, row) }
}

/** The two views of users: a latent in each row. */
export interface Views {
  first_view: Float32Array
  second_view: Float32Array
  indices: Uint32Array
  dimensions: number
}

/** Lines between the two views of users on the plane, of at most so many of those that are kept, evenly chosen; none where there is one view. */
export function viewTies(
  { first_view, second_view, indices, dimensions }: Views,
  plane: Plane,
  most: number,
  kept: (index: number) => boolean,
): [number, number, number, number][] {
  if (first_view.length === 0) return []
  const rows = Array.from(indices.keys()).filter((row) => kept(indices[row] as number))
  const every = Math.max(1, Math.ceil(rows.length / most))
  const at = (values: Float32Array, row: number) => onPlane(plane, rowOf({ values, dimensions }, row))
  return rows.filter((_, i) => i % every === 0).map((row) => [...at(first_view, row), ...at(second_view, row)])
}

/** Mean KL (nats) of the users in a cluster, and of those outside of it; null where one side has nobody. */
export function klWithin(
  kl: { indices: Uint32Array; values: Float32Array },
  clusterOf: ReadonlyMap<number, number>,
  cluster: number,
): { own: number; rest: number } | null {
  const sums = [0, 0]
  const counts = [0, 0]
  kl.indices.forEach((user, row) => {
    const side = clusterOf.get(user) === cluster ? 0 : 1
    sums[side] = (sums[side] ?? 0) + (kl.values[row] ?? 0)
    counts[side] = (counts[side] ?? 0) + 1
  })
  const [own = NaN, rest = NaN] = sums.map((sum, side) => sum / (counts[side] ?? 0))
  return Number.isFinite(own) && Number.isFinite(rest) ? { own, rest } : null
}

/** The coordinates of points, axis by axis. */
export function axesOf(points: Float32Array): { x: Float32Array; y: Float32Array } {
  const x = new Float32Array(points.length / 2)
  const y = new Float32Array(points.length / 2)
  for (let dot = 0; dot < x.length; dot++) {
    x[dot] = points[2 * dot] as number
    y[dot] = points[2 * dot + 1] as number
  }
  return { x, y }
}
