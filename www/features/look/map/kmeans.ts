// Clusters of latents: Lloyd's k-means from the start of k-means++ (Arthur and Vassilvitskii 2007), the best of a few starts.
//
// In: latents, row-major, and a number of clusters. Out: the cluster of each row; clusters are numbered by size, the largest first.

import { type Matrix, rowCount } from './nearest'
import { seeded } from './random'

const STARTS = 4
const MOST_ROUNDS = 60

/** Gives the number of starts that are done after each, and the clusters at the end. */
export function* kMeans(matrix: Matrix, clusters: number, seed: number): Generator<number, Uint8Array<ArrayBuffer>> {
  const rows = rowCount(matrix)
  const most = Math.min(clusters, rows)
  let best = new Uint8Array(rows)
  let least = Infinity
  for (let start = 0; start < STARTS && most > 0; start++) {
    const { cluster, error } = once(matrix, most, seeded(seed + start))
    if (error < least) {
      least = error
      best = cluster
    }
    yield start + 1
  }
  return bySize(best, most)
}

function once(matrix: Matrix, clusters: number, random: () => number): { cluster: Uint8Array<ArrayBuffer>; error: number } {
  const { values, dimensions } = matrix
  const rows = rowCount(matrix)
  const centres = new Float64Array(clusters * dimensions)
  const take = (centre: number, row: number) => centres.set(values.subarray(row * dimensions, (row + 1) * dimensions), centre * dimensions)
  const square = (row: number, centre: number) => {
    let sum = 0
    for (let i = 0; i < dimensions; i++) {
      const apart = (values[row * dimensions + i] as number) - (centres[centre * dimensions + i] as number)
      sum += apart * apart
    }
    return sum
  }
  take(0, Math.floor(random() * rows))
  const apart = new Float64Array(rows).fill(Infinity)
  for (let centre = 1; centre < clusters; centre++) {
    let total = 0
    for (let row = 0; row < rows; row++) {
      apart[row] = Math.min(apart[row] as number, square(row, centre - 1))
      total += apart[row] as number
    }
    let left = random() * total
    let chosen = rows - 1
    for (let row = 0; row < rows; row++) {
      left -= apart[row] as number
      if (left < 0) {
        chosen = row
        break
      }
    }
    take(centre, chosen)
  }
  const cluster = new Uint8Array(rows)
  let error = Infinity
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let changed = 0
    error = 0
    for (let row = 0; row < rows; row++) {
      let nearest = 0
      let least = Infinity
      for (let centre = 0; centre < clusters; centre++) {
        const distance = square(row, centre)
        if (distance < least) {
          least = distance
          nearest = centre
        }
      }
      if (cluster[row] !== nearest) changed++
      cluster[row] = nearest
      error += least
    }
    if (changed === 0 && round > 0) break
    const sizes = new Uint32Array(clusters)
    const sums = new Float64Array(clusters * dimensions)
    for (let row = 0; row < rows; row++) {
      const own = cluster[row] as number
      sizes[own] = (sizes[own] as number) + 1
      for (let i = 0; i < dimensions; i++) {
        sums[own * dimensions + i] = (sums[own * dimensions + i] as number) + (values[row * dimensions + i] as number)
      }
    }
    for (let centre = 0; centre < clusters; centre++) {
      // A cluster that lost all its rows stays where it is.
      if (!sizes[centre]) continue
      for (let i = 0; i < dimensions; i++)
        centres[centre * dimensions + i] = (sums[centre * dimensions + i] as number) / (sizes[centre] as number)
    }
  }
  return { cluster, error }
}

function bySize(cluster: Uint8Array<ArrayBuffer>, clusters: number): Uint8Array<ArrayBuffer> {
  const sizes = new Uint32Array(clusters)
  for (const own of cluster) sizes[own] = (sizes[own] ?? 0) + 1
  const order = Array.from(sizes.keys()).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b)
  const rank = new Uint8Array(clusters)
  order.forEach((own, place) => (rank[own] = place))
  return cluster.map((own) => rank[own] ?? 0)
}
