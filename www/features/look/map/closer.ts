// What is drawn of single dots and their latents: neighbours, posteriors, lines, and where a history lies.
//
// In: the map's bench and the plane of its present map. Out: dots and places in map coordinates. All of it is of the present model, so whoever
// shows an earlier epoch asks for none.

import type { MapBench } from './bench.svelte'
import { onPlane, type Plane } from './gaussian'
import { moveTies } from './moved'
import { placedOne } from './landmarks'
import { alike, rowOf } from './nearest'
import { placeOf } from './places'
import { posteriorOf, viewTies } from './rows'

/** Users whose views are tied: more lines hide each other. */
const TIES = 150

/** The nearest to the chosen one in the full space; null while that is not known. */
export function nearestOf({ matrix, behind, chosen }: MapBench, count: number): { index: number; cosine: number }[] | null {
  if (!matrix || !behind || chosen === null) return null
  const row = placeOf(behind.indices, chosen)
  if (row < 0) return []
  return alike(matrix, rowOf(matrix, row), count, row).map((found) => ({
    index: behind.indices[found.row] as number,
    cosine: found.cosine,
  }))
}

/** The posterior of the chosen user. */
export function chosenPosterior({ behind, chosen, kl }: MapBench) {
  const row = kl && behind && chosen !== null ? placeOf(behind.indices, chosen) : -1
  return kl && behind && row >= 0 ? posteriorOf(behind, row, kl.values[row] ?? NaN) : null
}

/** Lines from where dots were to where they are, or between the two views of users. */
export function tiesOf(bench: MapBench, plane: Plane): [number, number, number, number][] {
  const { behind, isolated, moved } = bench
  if (!behind) return []
  const kept = (index: number) => !isolated || isolated.has(index)
  if (bench.colour === 'moved' && moved) return moveTies(moved.before, behind, plane, TIES, kept)
  return bench.what === 'users' && bench.ties ? viewTies(behind, plane, TIES, kept) : []
}

interface Tried {
  now: { mean: Float32Array } | null
  before: { mean: Float32Array } | null
  plain?: { mean: Float32Array } | null
}

/** Where a history lies among the users, and where it lay before; among the nearest landmarks where there is no plane. */
export function trailOf({ layout }: MapBench, { now, before, plain }: Tried, plane: Plane | null) {
  const place = (mean: Float32Array): [number, number] | null => {
    if (plane) return onPlane(plane, mean)
    return layout ? placedOne(mean, layout.laid) : null
  }
  const to = now && place(now.mean)
  // A critique moves the star from where the history itself lies.
  const earlier = plain ?? before
  return to && { to, from: earlier && place(earlier.mean) }
}
