// What keys do on a map: the next dot in a direction, and how far a press moves.

import type { Dots } from './scatter'

/** Right and up of each arrow key. */
export const DIRECTIONS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}
/** Factor of a key press, and share of the canvas. */
export const STEP_NEARER = 1.5
export const STEP_ASIDE = 0.2

/** The dot that lies nearest in a direction from another; the most central one where none is chosen yet. */
export function neighbour(dots: Dots, from: number | null, [dx, dy]: readonly [number, number]): number | null {
  const { x, y } = dots
  const x0 = from === null ? 0 : (x[from] ?? 0)
  const y0 = from === null ? 0 : (y[from] ?? 0)
  let nearest = from
  let least = Infinity
  for (let dot = 0; dot < x.length; dot++) {
    if (dot === from) continue
    const along = ((x[dot] ?? 0) - x0) * dx + ((y[dot] ?? 0) - y0) * dy
    const across = ((x[dot] ?? 0) - x0) * dy + ((y[dot] ?? 0) - y0) * dx
    // Within a cone of 45 degrees to either side, and nearer to the axis is nearer.
    if (from !== null && (along <= 0 || Math.abs(across) > along)) continue
    const distance = along ** 2 + 3 * across ** 2
    if (distance < least) {
      least = distance
      nearest = dot
    }
  }
  return nearest
}
