// Posteriors and the prior on the map, and how the two compare.
//
// In: posterior means and log-variances, and the plane of the map. Out: ellipses, draws of the prior, and the numbers that tell a collapse.

import { deviation, type Ellipse, onPlane, type Plane } from './gaussian'
import { rowOf } from './nearest'
import { placeOf } from './places'
import { normal, seeded } from './random'
import type { Posteriors } from './rows'

/** Draws of the prior behind the dots: a cloud, not a crowd. */
const DRAWS = 300
/** Deviations of the prior that the map has room for while it is shown. */
const ROOM = 2.5
/** Deviation of the means below which a dimension does not count as active: a variance of 0.01 (Burda et al. 2016). */
const ACTIVE = 0.1

export interface PlacedEllipse extends Ellipse {
  x: number
  y: number
}

/** Posteriors of some users, one deviation wide, of at most so many, evenly chosen. */
export function ellipsesOf(
  { mean, log_variance, dimensions, indices }: Posteriors & { indices: Uint32Array },
  plane: Plane,
  users: Iterable<number>,
  most: number,
): PlacedEllipse[] {
  const rows = Array.from(users, (user) => placeOf(indices, user)).filter((row) => row >= 0)
  const every = Math.max(1, Math.ceil(rows.length / most))
  return rows
    .filter((_, i) => i % every === 0)
    .map((row) => {
      const [x, y] = onPlane(plane, rowOf({ values: mean, dimensions }, row))
      return { ...deviation(plane, rowOf({ values: log_variance, dimensions }, row)), x, y }
    })
}

/** The prior N(0, I) in a plane: where it is centred, how wide it is along both axes, and some draws of it. */
export function priorOn(plane: Plane): { ellipse: PlacedEllipse; draws: [number, number][] } {
  const { dimensions } = plane
  const [x, y] = onPlane(plane, new Float32Array(dimensions))
  const random = seeded(1)
  const draws = Array.from({ length: DRAWS }, () =>
    onPlane(
      plane,
      Array.from({ length: dimensions }, () => normal(random)),
    ),
  )
  return { ellipse: { ...deviation(plane, new Float32Array(dimensions)), x, y }, draws }
}

/** By what the map is made smaller so that the prior finds room on it; 1 where it has room already. */
export function shrinking(plane: Plane): number {
  const { ellipse } = priorOn(plane)
  return 1 / Math.max(1, Math.hypot(ellipse.x, ellipse.y) + ROOM * ellipse.along)
}

/** The same plane with everything on it smaller. */
export function smaller({ values, dimensions }: Plane, factor: number): Plane {
  return { values: values.map((value, i) => (i < dimensions ? value : value * factor)), dimensions }
}

/** How the posteriors compare with the prior, whose deviation is 1: that of the means, that of a posterior, and how many dimensions are active. */
export function againstPrior({ mean, log_variance, dimensions }: Posteriors): { means: number; posterior: number; active: number } {
  const rows = mean.length / dimensions
  let [means, posterior, active] = [0, 0, 0]
  for (let i = 0; i < dimensions; i++) {
    let [sum, square] = [0, 0]
    for (let row = 0; row < rows; row++) {
      const value = mean[row * dimensions + i] as number
      sum += value
      square += value * value
      posterior += Math.exp(log_variance[row * dimensions + i] as number) / (rows * dimensions)
    }
    const variance = Math.max(0, square / rows - (sum / rows) ** 2)
    means += variance / dimensions
    if (variance > ACTIVE ** 2) active += 1
  }
  return { means: Math.sqrt(means), posterior: Math.sqrt(posterior), active }
}
