// The colours of a map by what a person chose, in either theme and language.
//
// In: a map, what it is coloured by, and what is known of its dots beyond it. Out: a `Colouring`.

import { text, type Words } from '../../../shell/text'
import type { Shown } from './bench.svelte'
import { byCluster, byFrequency, byGenre, byPopularity, byValue, type ColourBy, type Colouring } from './colours'

export interface ColourFacts {
  by: ColourBy
  genres: readonly string[]
  /** The genres that have a colour of their own. */
  leading: readonly number[]
  /** A number for each dot, NaN if unknown; null unless `by` is a scale of its own. */
  values: Float32Array | null
  /** The cluster of each dot, -1 for none; null unless `by` is the cluster. */
  clusters: { of: Int32Array; count: number; names: readonly string[] } | null
}

/** What `by` means as a scale with a legend of its own; null for other colours. */
export const scaleKey = (by: ColourBy) => (by === 'kl' || by === 'sigma' || by === 'moved' ? (`${by}Scale` as const) : null)

export function colouringOf(shown: Shown, facts: ColourFacts, dark: boolean, words: Words = text): Colouring {
  const { by, genres, leading, values, clusters } = facts
  if (by === 'frequency') return byFrequency(shown.frequency, dark, words)
  if (values) return byValue(values, dark)
  if (clusters) return byCluster(clusters.of, clusters.count, dark, clusters.names, words)
  return by === 'genre' ? byGenre(shown.genre, leading, genres, dark, words) : byPopularity(shown.popularity, dark)
}

/** What the numbers of the legend's scale are. */
export function scaleWords(by: ColourBy, what: Shown['what'], words: Words = text): string {
  const key = scaleKey(by)
  return key ? words.mapTools[key] : what === 'items' ? words.map.itemScale : words.map.userScale
}
