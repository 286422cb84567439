// Where names stand in a chart so that they can be read: at the ends of lines, and beside dots.
//
// In: places in pixels. Out: places of the names; used by the chart on the page and by the one in a file.

/** Heights near `wanted`, at least `gap` apart and in its order, between `low` and `high` as far as they fit. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, at) => at).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  const places = order.map((at) => Math.min(Math.max(wanted[at] ?? low, low), high))
  // Upwards from the lower edge, then downwards from the upper one; what does not fit runs over `high`.
  for (let at = places.length - 1, edge = high; at >= 0; at--, edge -= gap) places[at] = Math.min(places[at] ?? edge, edge)
  for (let at = 0, free = low; at < places.length; at++) {
    places[at] = Math.max(places[at] ?? free, free)
    free = (places[at] ?? free) + gap
  }
  const placed = new Array<number>(wanted.length)
  order.forEach((from, at) => (placed[from] = places[at] ?? low))
  return placed
}

export interface Dot {
  x: number
  y: number
  name: string
}

/** Dots nearer than this lie on each other. */
const NEAR = 5

/** One name for each place with a dot, those that lie on each other together, and only where it meets no other name. */
export function dotNames(dots: readonly Dot[], letters: number, right: number): { x: number; y: number; text: string; end: boolean }[] {
  const places: { x: number; y: number; names: string[] }[] = []
  for (const { x, y, name } of dots) {
    const same = places.find((place) => Math.hypot(place.x - x, place.y - y) < NEAR)
    if (same) same.names.push(name)
    else places.push({ x, y, names: [name] })
  }
  const taken: { left: number; right: number; y: number }[] = []
  return places.flatMap(({ x, y, names }) => {
    const [first = '', second] = names
    const text = second === undefined ? first : names.length === 2 ? `${first}, ${second}` : `${first}, ${second} +${names.length - 2}`
    const width = widthOf(text, letters)
    const end = x + 8 + width > right
    const box = end ? { left: x - 8 - width, right: x - 8, y } : { left: x + 8, right: x + 8 + width, y }
    if (taken.some((one) => Math.abs(one.y - y) < letters && one.left < box.right && box.left < one.right)) return []
    taken.push(box)
    return [{ x: end ? x - 8 : x + 8, y, text, end }]
  })
}

/** About as wide as a text is: Chinese letters take the whole height, others a little over half of it. */
export function widthOf(text: string, letters: number): number {
  let width = 0
  for (const sign of text) width += (sign.codePointAt(0) ?? 0) > 0x2e7f ? letters : 0.58 * letters
  return width
}

/** The beginning of a text that is no wider than `room`. */
export function cut(text: string, letters: number, room: number): string {
  if (widthOf(text, letters) <= room) return text
  let kept = ''
  for (const sign of text) {
    if (widthOf(`${kept}${sign}…`, letters) > room) break
    kept += sign
  }
  return `${kept.trimEnd()}…`
}
