// Which dots a loop encloses.

/** Strips of the plane, each with the edges of the loop that cross it: a dot is compared with those of its own alone. */
const STRIPS = 512

/** The dots inside a polygon of map coordinates, by the number of edges that a ray crosses. */
export function enclosed(loop: readonly (readonly [number, number])[], x: Float32Array, y: Float32Array): number[] {
  if (loop.length < 3) return []
  const [left, right] = ends(loop.map(([across]) => across))
  const [low, high] = ends(loop.map(([, up]) => up))
  const height = (high - low) / STRIPS || 1
  const stripOf = (value: number) => Math.min(STRIPS - 1, Math.floor((value - low) / height))
  const strips: number[][] = Array.from({ length: STRIPS }, () => [])
  loop.forEach(([, to], i) => {
    const from = (loop[i === 0 ? loop.length - 1 : i - 1] as readonly [number, number])[1]
    for (let strip = stripOf(Math.min(from, to)); strip <= stripOf(Math.max(from, to)); strip++) strips[strip]?.push(i)
  })
  const inside: number[] = []
  for (let dot = 0; dot < x.length; dot++) {
    const px = x[dot] as number
    const py = y[dot] as number
    if (!(px >= left && px <= right && py >= low && py <= high)) continue
    let within = false
    for (const i of strips[stripOf(py)] as number[]) {
      const [ax, ay] = loop[i] as readonly [number, number]
      const [bx, by] = loop[i === 0 ? loop.length - 1 : i - 1] as readonly [number, number]
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) within = !within
    }
    if (within) inside.push(dot)
  }
  return inside
}

function ends(values: readonly number[]): [number, number] {
  return values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity])
}
