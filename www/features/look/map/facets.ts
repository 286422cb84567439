// What is known of each dot, as histograms that can be brushed: bins, counts, and which dots a brush lets pass.
//
// In: a value of each dot (NaN where it is not known), and brushes. Out: facets, and the dots that lie within every brush.

export type FacetKey = 'popularity' | 'frequency' | 'length' | 'time' | 'kl' | 'sigma' | 'genre' | 'found'

export interface Facet {
  key: FacetKey
  /** Of each dot; of categories the place of its name. NaN where it is not known. */
  values: ArrayLike<number>
  /** Ascending borders of the bins: each holds its lower one, the last one both. */
  edges: readonly number[]
  /** Of categories, one for each bin. */
  names: readonly string[] | null
}

/** Values from `from` on and below `to`; an end that is infinite leaves that side open. */
export interface Range {
  from: number
  to: number
}

/** A range of numbers, or the categories that pass. */
export type Brush = Range | ReadonlySet<number>

export type Scale = 'linear' | 'logarithmic'

/** Bins of a histogram at most: as many as a narrow panel shows apart. */
const BINS = 24

/** Bins over numbers; null if fewer than two different ones are known, of which there is nothing to choose. */
export function numbers(key: FacetKey, values: ArrayLike<number>, scale: Scale): Facet | null {
  let least = Infinity
  let most = -Infinity
  let whole = true
  for (let dot = 0; dot < values.length; dot++) {
    const value = values[dot] as number
    if (Number.isNaN(value)) continue
    least = Math.min(least, value)
    most = Math.max(most, value)
    whole &&= Number.isInteger(value)
  }
  if (!(least < most)) return null
  return { key, values, edges: edgesOf(least, most, whole, scale), names: null }
}

function edgesOf(least: number, most: number, whole: boolean, scale: Scale): number[] {
  // Of whole numbers a bin ends before the next one, so that none is empty for want of a number.
  const end = whole ? most + 1 : most
  const [low, high] = scale === 'linear' ? [least, end] : [Math.log1p(least), Math.log1p(end)]
  const raw = Array.from({ length: BINS + 1 }, (_, i) => low + ((high - low) * i) / BINS)
  const edges = raw.map((value) => (scale === 'linear' ? value : Math.expm1(value))).map((value) => (whole ? Math.round(value) : value))
  edges[0] = least
  edges[BINS] = end
  return [...new Set(edges)]
}

/** A bin for each name that a dot has; null if all dots have the same one. A value below 0 is none. */
export function categories(key: FacetKey, values: ArrayLike<number>, names: readonly string[]): Facet | null {
  const known = new Set(Array.from(values).filter((value) => value >= 0))
  if (known.size < 2) return null
  return { key, values: Float32Array.from(values, (value) => (value >= 0 ? value : NaN)), edges: [...names.keys(), names.length], names }
}

/** The bin of a value; -1 where it is not known. */
export function binOf({ edges }: Facet, value: number): number {
  if (Number.isNaN(value)) return -1
  let low = 0
  let high = edges.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((edges[middle] as number) <= value) low = middle
    else high = middle - 1
  }
  return low
}

/** Dots in each bin, of all or of those that are kept. */
export function tally(facet: Facet, kept: (dot: number) => boolean = () => true): Uint32Array {
  const counts = new Uint32Array(facet.edges.length - 1)
  for (let dot = 0; dot < facet.values.length; dot++) {
    const bin = binOf(facet, facet.values[dot] as number)
    if (bin >= 0 && kept(dot)) counts[bin] = (counts[bin] as number) + 1
  }
  return counts
}

/** The range of the bins from one to another; null if it is all of them. */
export function rangeOf({ edges }: Facet, first: number, last: number): Range | null {
  const bins = edges.length - 1
  if (first <= 0 && last >= bins - 1) return null
  return { from: first <= 0 ? -Infinity : (edges[first] as number), to: last >= bins - 1 ? Infinity : (edges[last + 1] as number) }
}

/** The first and the last bin of a range. */
export function binsOf({ edges }: Facet, range: Range | null): [first: number, last: number] {
  const bins = edges.length - 1
  if (!range) return [0, bins - 1]
  const first = Math.max(
    0,
    edges.slice(0, bins).findLastIndex((edge) => edge <= range.from),
  )
  const last = edges.slice(1).findIndex((edge) => edge >= range.to)
  return [first, Math.max(first, last < 0 ? bins - 1 : last)]
}

const isRange = (brush: Brush): brush is Range => 'from' in brush

const passes = (brush: Brush, value: number) => (isRange(brush) ? value >= brush.from && value < brush.to : brush.has(value))

/** Dots that lie within all brushes. A value that is not known lies within none; a brush without a facet does not count. */
export function passing(facets: readonly Facet[], brushes: ReadonlyMap<FacetKey, Brush>, dots: number): number[] {
  const asked = facets.flatMap((facet) => {
    const brush = brushes.get(facet.key)
    return brush ? [{ facet, brush }] : []
  })
  return Array.from({ length: dots }, (_, dot) => dot).filter((dot) =>
    asked.every(({ facet, brush }) => passes(brush, facet.values[dot] as number)),
  )
}

/** Median of the dots that are kept, and of the others; NaN where none has a value. */
export function medians({ values }: Facet, kept: (dot: number) => boolean): { own: number; rest: number } {
  const sides: [number[], number[]] = [[], []]
  for (let dot = 0; dot < values.length; dot++) {
    const value = values[dot] as number
    if (!Number.isNaN(value)) sides[kept(dot) ? 0 : 1].push(value)
  }
  const [own, rest] = sides.map((side) => {
    const sorted = Float64Array.from(side).sort()
    const half = sorted.length >> 1
    return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2
  }) as [number, number]
  return { own, rest }
}
