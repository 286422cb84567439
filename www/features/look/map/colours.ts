// Which colour a dot has, and the legend that says so.

import { FAINT, GENRES_DARK, GENRES_LIGHT } from '../../../shell/palette'
import { fixed } from '../../../shell/format'
import { text, type Words } from '../../../shell/text'

export type ColourBy = 'genre' | 'popularity' | 'frequency' | 'kl' | 'sigma' | 'moved' | 'cluster'

export interface LegendEntry {
  category: number
  label: string
  colour: string
}

export interface Colouring {
  category: Uint8Array
  colours: string[]
  /** For genres and groups; empty for a scale. */
  legend: LegendEntry[]
  /** For popularity and KL: the ends of the scale. */
  scale: { least: number; most: number } | null
}

const REST = { light: '#9aa0a8', dark: '#6b7480' }

// Cividis, which keeps its order without colour vision; the end for "many" stands out from the background.
const CIVIDIS = ['#00224e', '#233e6c', '#575d6d', '#7d7c78', '#a59c74', '#d2c060', '#fde737'] as const
const SCALE_LIGHT = CIVIDIS.slice(0, 6).reverse()
const SCALE_DARK = CIVIDIS.slice(1)

/** The genres that have a colour of their own: those with most items, in a fixed order. */
export function leadingGenres(genreOfItem: Int32Array, genres: number): number[] {
  const items = new Uint32Array(genres)
  for (const genre of genreOfItem) if (genre >= 0) items[genre] = (items[genre] ?? 0) + 1
  return Array.from(items.keys())
    .sort((a, b) => (items[b] ?? 0) - (items[a] ?? 0) || a - b)
    .slice(0, GENRES_LIGHT.length)
    .sort((a, b) => a - b)
}

export function byGenre(
  genreOfDot: Int32Array,
  leading: readonly number[],
  genres: readonly string[],
  dark: boolean,
  words: Words = text,
): Colouring {
  const palette = dark ? GENRES_DARK : GENRES_LIGHT
  const rest = dark ? REST.dark : REST.light
  const other = leading.length
  const place = new Map(leading.map((genre, i) => [genre, i]))
  const category = Uint8Array.from(genreOfDot, (genre) => (genre < 0 ? other + 1 : (place.get(genre) ?? other)))
  const colours = [...leading.map((_, i) => palette[i] ?? rest), rest, rest]
  const legend = leading.map((genre, i) => ({ category: i, label: genres[genre] ?? '', colour: colours[i] ?? rest }))
  const more = genres.length - leading.length
  if (more > 0) legend.push({ category: other, label: words.map.other(more), colour: rest })
  if (category.includes(other + 1)) legend.push({ category: other + 1, label: words.map.unknown, colour: rest })
  return { category, colours, legend, scale: null }
}

/** Colours by the logarithm, because popularity has a long tail. */
export function byPopularity(popularity: Float32Array, dark: boolean): Colouring {
  let least = Infinity
  let most = -Infinity
  for (const value of popularity) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  const colours = [...scaleColours(dark)]
  const low = Math.log(Math.max(least, 1))
  const span = Math.max(1e-9, Math.log(Math.max(most, 1)) - low)
  const category = Uint8Array.from(popularity, (value) =>
    Math.min(colours.length - 1, Math.floor(((Math.log(Math.max(value, 1)) - low) / span) * colours.length)),
  )
  return { category, colours, legend: [], scale: Number.isFinite(least) ? { least, most } : null }
}

/** The groups of the paper's tables: how many users have the same answer in the test. Each holds its lower border. */
export const FREQUENCY_GROUPS = ['< 10', '10–19', '20–29', '30–39', '≥ 40'] as const

/** Colours by the group of a frequency in the test; -1 is where the test does not ask. */
export function byFrequency(frequency: Int32Array, dark: boolean, words: Words = text): Colouring {
  const scale = scaleColours(dark)
  const groups = FREQUENCY_GROUPS.length
  const unasked = groups
  const category = Uint8Array.from(frequency, (users) => (users < 0 ? unasked : Math.min(groups - 1, Math.floor(users / 10))))
  const colours: string[] = [...scale.slice(0, groups), dark ? REST.dark : REST.light]
  const legend: LegendEntry[] = FREQUENCY_GROUPS.map((label, i) => ({ category: i, label, colour: colours[i] ?? '' }))
  if (category.includes(unasked)) legend.push({ category: unasked, label: words.mapTools.notAsked, colour: colours[unasked] ?? '' })
  return { category, colours, legend, scale: null }
}

/** Colours by a number such as KL, evenly between its ends; without a value (NaN) where it is not known. */
export function byValue(values: Float32Array, dark: boolean): Colouring {
  let least = Infinity
  let most = -Infinity
  for (const value of values) {
    if (Number.isNaN(value)) continue
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  const scale = scaleColours(dark)
  const span = Math.max(1e-9, most - least)
  const category = Uint8Array.from(values, (value) =>
    Number.isNaN(value) ? scale.length : Math.min(scale.length - 1, Math.floor(((value - least) / span) * scale.length)),
  )
  return {
    category,
    colours: [...scale, dark ? REST.dark : REST.light],
    legend: [],
    scale: Number.isFinite(least) ? { least, most } : null,
  }
}

/** As many clusters as there are colours that can be told apart. */
export const MOST_CLUSTERS = GENRES_LIGHT.length

/** Colours by cluster; -1 is where a dot has none. The legend names what sets each apart, if that is known. */
export function byCluster(
  cluster: Int32Array,
  clusters: number,
  dark: boolean,
  names: readonly string[] = [],
  words: Words = text,
): Colouring {
  const palette = dark ? GENRES_DARK : GENRES_LIGHT
  const rest = dark ? REST.dark : REST.light
  const category = Uint8Array.from(cluster, (own) => (own < 0 ? clusters : own))
  const sizes = new Uint32Array(clusters + 1)
  for (const own of category) sizes[own] = (sizes[own] ?? 0) + 1
  const colours = [...palette.slice(0, clusters), rest]
  const legend = colours
    .slice(0, clusters)
    .map((colour, i) => ({ category: i, label: words.mapTools.cluster(i + 1, sizes[i] ?? 0, names[i]), colour }))
  return { category, colours, legend, scale: null }
}

/** The same dots with all but some made faint. */
export function faded(colouring: Colouring, colours: readonly string[], kept: (dot: number) => boolean, dark: boolean) {
  const faint = colours.length
  return {
    category: colouring.category.map((own, dot) => (kept(dot) ? own : faint)),
    colours: [...colours, dark ? FAINT.dark : FAINT.light],
  }
}

export const scaleColours = (dark: boolean): readonly string[] => (dark ? SCALE_DARK : SCALE_LIGHT)

/** The same colours with all categories but one made faint. */
export function single(colours: readonly string[], category: number | null, dark: boolean): string[] {
  if (category === null) return [...colours]
  return colours.map((colour, i) => (i === category ? colour : dark ? FAINT.dark : FAINT.light))
}

export const scaleLabel = (value: number) => (Number.isInteger(value) ? String(value) : fixed(value, 1))
