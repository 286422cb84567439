// Part of a map that alone is wanted.
//
// In: a map, and the indices of items or users that are wanted. Out: a map of their dots, in the same order.

import type { Shown } from './bench.svelte'

export function alone(whole: Shown, wanted: ReadonlySet<number>): Shown {
  const kept = Uint32Array.from(whole.indices.keys()).filter((dot) => wanted.has(whole.indices[dot] as number))
  const pick = <T extends Int32Array | Float32Array | Uint32Array>(values: T): T => {
    const picked = values.slice(0, kept.length)
    kept.forEach((dot, i) => (picked[i] = values[dot] as number))
    return picked as T
  }
  const points = new Float32Array(2 * kept.length)
  kept.forEach((dot, i) => points.set(whole.points.subarray(2 * dot, 2 * dot + 2), 2 * i))
  return {
    ...whole,
    points,
    indices: pick(whole.indices),
    genre: pick(whole.genre),
    popularity: pick(whole.popularity),
    frequency: pick(whole.frequency),
  }
}
