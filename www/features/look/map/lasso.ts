// Which dots a loop encloses.

/** The dots inside a polygon of map coordinates, by the number of edges that a ray crosses. */
export function enclosed(loop: readonly (readonly [number, number])[], x: Float32Array, y: Float32Array): number[] {
  if (loop.length < 3) return []
  const inside: number[] = []
  for (let dot = 0; dot < x.length; dot++) {
    const px = x[dot] as number
    const py = y[dot] as number
    let within = false
    for (let i = 0, j = loop.length - 1; i < loop.length; j = i++) {
      const [ax, ay] = loop[i] as readonly [number, number]
      const [bx, by] = loop[j] as readonly [number, number]
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) within = !within
    }
    if (within) inside.push(dot)
  }
  return inside
}
