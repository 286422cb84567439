// Posteriors on the map: how wide they are, and how much they say.
//
// In: log-variances of a diagonal Gaussian and the axes of a plane. Out: the ellipse that its deviation makes in the plane, and KL.

/** An ellipse round a point: the half axes and the turn of the first, in radians from the x axis. */
export interface Ellipse {
  along: number
  across: number
  turn: number
}

/** The plane of a projection as the worker sends it: the centre, then two axes. */
export interface Plane {
  values: Float32Array
  dimensions: number
}

export const planeOf = (values: Float32Array): Plane => ({ values, dimensions: values.length / 3 })

/** Where a latent lies in the plane. */
export function onPlane({ values, dimensions }: Plane, latent: ArrayLike<number>): [number, number] {
  let x = 0
  let y = 0
  for (let i = 0; i < dimensions; i++) {
    const apart = (latent[i] as number) - (values[i] as number)
    x += apart * (values[dimensions + i] as number)
    y += apart * (values[2 * dimensions + i] as number)
  }
  return [x, y]
}

/** One standard deviation of a Gaussian with independent dimensions, seen in the plane: the root of A diag(s²) Aᵀ. */
export function deviation({ values, dimensions }: Plane, logVariance: ArrayLike<number>): Ellipse {
  let [xx, xy, yy] = [0, 0, 0]
  for (let i = 0; i < dimensions; i++) {
    const variance = Math.exp(logVariance[i] as number)
    const x = values[dimensions + i] as number
    const y = values[2 * dimensions + i] as number
    xx += variance * x * x
    xy += variance * x * y
    yy += variance * y * y
  }
  const middle = (xx + yy) / 2
  const apart = Math.hypot((xx - yy) / 2, xy)
  return {
    along: Math.sqrt(Math.max(0, middle + apart)),
    across: Math.sqrt(Math.max(0, middle - apart)),
    turn: Math.atan2(2 * xy, xx - yy) / 2,
  }
}

/** KL from each row's posterior to the prior N(0, I), the sum over dimensions, in nats. */
export function klOfRows(mean: Float32Array, logVariance: Float32Array, dimensions: number): Float32Array {
  const kl = new Float32Array(mean.length / dimensions)
  for (let row = 0; row < kl.length; row++) {
    let sum = 0
    for (let i = row * dimensions; i < (row + 1) * dimensions; i++) {
      const logged = logVariance[i] as number
      sum += ((mean[i] as number) ** 2 + Math.exp(logged) - logged - 1) / 2
    }
    kl[row] = sum
  }
  return kl
}

/** Standard deviation of each row's posterior: the root of its mean variance over the dimensions; the prior's is 1. */
export function sigmaOfRows(logVariance: Float32Array, dimensions: number): Float32Array {
  const sigma = new Float32Array(logVariance.length / dimensions)
  for (let row = 0; row < sigma.length; row++) {
    let sum = 0
    for (let i = row * dimensions; i < (row + 1) * dimensions; i++) sum += Math.exp(logVariance[i] as number)
    sigma[row] = Math.sqrt(sum / dimensions)
  }
  return sigma
}
