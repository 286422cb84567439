// Latents whose map is known, for tests.

import type { Matrix } from './nearest'
import { normal, seeded } from './random'

const HEAPS = 8

/** Eight heaps of which each is a curved sheet, as tastes that shade into one another are: two directions of its own that matter, and noise. */
export function sheets(rows: number, width: number): Matrix & { values: Float32Array<ArrayBuffer> } {
  const random = seeded(4)
  const centres = Float32Array.from({ length: HEAPS * width }, () => 2 * normal(random))
  const axes = Float32Array.from({ length: HEAPS * 3 * width }, () => normal(random))
  const values = new Float32Array(rows * width)
  for (let row = 0; row < rows; row++) {
    const heap = row % HEAPS
    const [u, v] = [2 * random() - 1, 2 * random() - 1]
    for (let i = 0; i < width; i++) {
      const axis = (k: number) => axes[(heap * 3 + k) * width + i] as number
      values[row * width + i] = (centres[heap * width + i] as number) + u * axis(0) + v * axis(1) + u * v * axis(2) + 0.05 * normal(random)
    }
  }
  return { values, dimensions: width }
}
