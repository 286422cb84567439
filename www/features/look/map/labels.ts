// What sets clusters apart, in words: genres and words of titles that are commoner in a cluster than elsewhere.
//
// In: the cluster, genre and title of each dot. Out: for each cluster its terms, the most telling first. A term's weight is its part in the
// Kullback-Leibler divergence of the cluster's terms from all of them, p log(p / q), so that a term is both common there and rare elsewhere.
// And who stands for a cluster: the dots nearest to its mean in the full space, and the farthest.

import { type Matrix, rowCount } from './nearest'
import type { View } from './scatter'

export interface Term {
  term: string
  /** Dots of the cluster that have it. */
  count: number
  /** How many times more often than among all dots. */
  lift: number
}

export interface Labelled {
  /** Cluster of each dot; -1 for none. */
  cluster: ArrayLike<number>
  clusters: number
  /** Terms of a dot, each once. */
  termsOf: (dot: number) => Iterable<string>
}

/** Dots of a cluster that must have a term: fewer are chance. */
const LEAST_COUNT = 3
/** Lift from which a term sets a cluster apart. */
const LEAST_LIFT = 1.25
const SHORTEST_WORD = 3

export function clusterTerms({ cluster, clusters, termsOf }: Labelled, most: number): Term[][] {
  const all = new Map<string, number>()
  const of = Array.from({ length: clusters }, () => new Map<string, number>())
  const sizes = new Uint32Array(clusters)
  let dots = 0
  for (let dot = 0; dot < cluster.length; dot++) {
    const own = of[cluster[dot] as number]
    if (!own) continue
    dots += 1
    sizes[cluster[dot] as number] = (sizes[cluster[dot] as number] as number) + 1
    for (const term of termsOf(dot)) {
      all.set(term, (all.get(term) ?? 0) + 1)
      own.set(term, (own.get(term) ?? 0) + 1)
    }
  }
  return of.map((own, i) => {
    const size = sizes[i] as number
    return Array.from(own, ([term, count]) => {
      const lift = count / size / ((all.get(term) ?? count) / dots)
      return { term, count, lift, weight: (count / size) * Math.log(lift) }
    })
      .filter(({ count, lift }) => count >= LEAST_COUNT && lift >= LEAST_LIFT)
      .sort((a, b) => b.weight - a.weight || (a.term < b.term ? -1 : 1))
      .slice(0, most)
      .map(({ term, count, lift }) => ({ term, count, lift }))
  })
}

/** The name of a cluster by some of its terms. */
export const nameOf = (terms: readonly Term[]): string => terms.map(({ term }) => term).join(', ')

/** Words of a title, each once, in lower case; numbers and very short words tell nothing. Scripts without spaces are cut by the browser. */
export function wordsOf(title: string): Set<string> {
  const words = new Set<string>()
  for (const word of cut(title.toLocaleLowerCase())) {
    const letters = [...word].length
    const long = letters >= SHORTEST_WORD || (letters === 2 && /\p{Script=Han}/u.test(word))
    if (long && /\p{L}/u.test(word)) words.add(word)
  }
  return words
}

let segmenter: Intl.Segmenter | undefined

function cut(title: string): string[] {
  // Firefox has it since 125.
  if (typeof Intl.Segmenter !== 'function') return title.split(/[^\p{L}\p{N}'’]+/u)
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' })
  return Array.from(segmenter.segment(title), ({ segment, isWordLike }) => (isWordLike ? segment : ''))
}

/** The medians of the places of each cluster's dots: where its name stands. Null for a cluster without dots. */
export function clusterMiddles(
  cluster: ArrayLike<number>,
  clusters: number,
  x: Float32Array,
  y: Float32Array,
): ([number, number] | null)[] {
  const of = Array.from({ length: clusters }, () => ({ x: [] as number[], y: [] as number[] }))
  for (let dot = 0; dot < cluster.length; dot++) {
    const own = of[cluster[dot] as number]
    own?.x.push(x[dot] as number)
    own?.y.push(y[dot] as number)
  }
  const median = (values: number[]) => Float32Array.from(values).sort()[values.length >> 1] as number
  return of.map((own) => (own.x.length > 0 ? [median(own.x), median(own.y)] : null))
}

/** Rows of each cluster in the order of their distance from its mean: the nearest, and the farthest, so many of each and never the same. */
export function extremes({ values, dimensions }: Matrix, cluster: ArrayLike<number>, clusters: number, most: number) {
  const rows = rowCount({ values, dimensions })
  const means = new Float64Array(clusters * dimensions)
  const of: number[][] = Array.from({ length: clusters }, () => [])
  for (let row = 0; row < rows; row++) of[cluster[row] as number]?.push(row)
  of.forEach((own, i) => {
    for (const row of own) {
      for (let d = 0; d < dimensions; d++) {
        const at = i * dimensions + d
        means[at] = (means[at] as number) + (values[row * dimensions + d] as number) / own.length
      }
    }
  })
  const distance = (row: number, i: number) => {
    let sum = 0
    for (let d = 0; d < dimensions; d++) sum += ((values[row * dimensions + d] as number) - (means[i * dimensions + d] as number)) ** 2
    return sum
  }
  return of.map((own, i) => {
    const far = new Map(own.map((row) => [row, distance(row, i)]))
    const order = own.sort((a, b) => (far.get(a) as number) - (far.get(b) as number) || a - b)
    const typical = order.slice(0, most)
    return { typical, odd: order.slice(Math.max(most, order.length - most)).reverse() }
  })
}

/** A name and where it stands on the map. */
export interface Name {
  label: string
  at: readonly [number, number]
}

/** CSS pixels of a letter and of a line, as the page writes them; a letter of a script without spaces is as wide as it is high. */
const LETTER = 7.5
const WIDE_LETTER = 13
const LINE = 20

/** The names for which there is room in a view, and their pixels: the first come first, so that more of them show from nearer. */
export function fitting(names: readonly Name[], { x, y }: View): { label: string; px: number; py: number }[] {
  const kept: { label: string; px: number; py: number; half: number }[] = []
  for (const { label, at } of names) {
    const [px, py] = [at[0] * x.scale + x.offset, at[1] * y.scale + y.offset]
    const half = [...label].reduce((sum, letter) => sum + (/\p{Script=Han}/u.test(letter) ? WIDE_LETTER : LETTER), 0) / 2
    if (kept.every((other) => Math.abs(other.py - py) > LINE || Math.abs(other.px - px) > other.half + half))
      kept.push({ label, px, py, half })
  }
  return kept
}
