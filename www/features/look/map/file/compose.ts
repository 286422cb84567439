// What a saved map holds, out of what the page shows.
//
// In: the map, its dots and colours, and their names. Out: the text of an HTML file.

import { script, hash } from 'virtual:contrastvae-map-viewer'

import { CATALOGUES, type Words } from '../../../../shell/text'
import type { Trust } from '../arrange'
import type { Shown } from '../bench.svelte'
import { type ColourFacts, colouringOf, scaleWords } from '../colouring'
import { scaleLabel } from '../colours'
import type { Name } from '../labels'
import type { Quality } from '../quality'
import type { Dots } from '../scatter'
import { FILE_LANGUAGES, type Language, type MapFile, packed, type Said } from './data'
import { mapDocument } from './document'
import style from './viewer.css?raw'

export interface Saved {
  language: Language
  dark: boolean
  /** Of the data. */
  name: string
  shown: Shown
  dots: Dots
  colours: ColourFacts
  contours: readonly string[]
  names: readonly Name[]
  titles: readonly string[]
  /** Null if they are the titles. */
  ids: readonly string[] | null
  /** Of a layout that was worked out: how many landmarks it has, of which step, and how far it can be trusted as it is shown. */
  layout: { landmarks: number; step: number; trust: Trust | null } | null
  /** Dots of the whole map, and items or users of the data. */
  whole: number
  total: number
}

export const savedMap = (saved: Saved): string => mapDocument(mapFileOf(saved), { script, hash, style })

export function mapFileOf(saved: Saved): MapFile {
  const { language, dark, shown, dots, colours, contours, names, titles, ids } = saved
  const colouring = colouringOf(shown, colours, false)
  const labels = FILE_LANGUAGES.map((one) => colouringOf(shown, colours, false, CATALOGUES[one]).legend)
  const { scale } = colouring
  return {
    language,
    dark,
    what: shown.what,
    caption: inEach((words) => captionOf(saved, words)),
    notes: notesOf(saved),
    dots: dots.x.length,
    x: packed(dots.x),
    y: packed(dots.y),
    category: packed(colouring.category),
    titles,
    ids,
    genres: colours.genres,
    genre: packed(shown.genre),
    popularity: packed(shown.popularity),
    value: colours.values && {
      said: inEach((words) => scaleWords(colours.by, shown.what, words)),
      of: packed(colours.values),
    },
    colours: { light: colouring.colours, dark: colouringOf(shown, colours, true).colours },
    legend: colouring.legend.map(({ category }, i) => ({
      category,
      said: Object.fromEntries(FILE_LANGUAGES.map((one, at) => [one, labels[at]?.[i]?.label ?? ''])) as Said,
    })),
    scale: scale && {
      least: scaleLabel(scale.least),
      most: scaleLabel(scale.most),
      said: inEach((words) => scaleWords(colours.by, shown.what, words)),
      // The last colour of a scale with values is for those without.
      steps: colours.values ? colouring.colours.length - 1 : colouring.colours.length,
    },
    contours,
    names: names.map(({ label, at }) => ({ label, at: [at[0], at[1]] })),
  }
}

/** The title of a picture of the map. */
export function captionOf({ name, shown }: Pick<Saved, 'name' | 'shown'>, words: Words): string {
  const { what, epoch, step, explained, projection } = shown
  const kind = what === 'items' ? words.map.items : words.map.users
  return explained
    ? words.map.export.caption(name, kind, step, epoch, explained)
    : words.mapTools.caption(name, kind, step, epoch, words.mapTools.projections[projection])
}

/** How the projection is to be read, and what the map leaves out. */
function notesOf({ shown, layout, whole, total }: Saved): Said[] {
  const { what, projection, explained, indices } = shown
  const kind = (words: Words) => (what === 'items' ? words.map.items : words.map.users)
  const notes: ((words: Words) => string)[] = [(words) => words.mapTools.how[projection]]
  if (explained) notes.push((words) => words.map.axes(explained))
  if (layout && layout.step !== shown.step)
    notes.push((words) => words.mapPlace.moment(words.mapTools.projections[projection], layout.landmarks, layout.step, shown.step))
  else if (layout && layout.landmarks < whole) notes.push((words) => words.mapPlace.laid(layout.landmarks, whole))
  const { laid, placed } = layout?.trust ?? {}
  const written = ({ kept, trust }: Quality) => [`${Math.round(100 * kept)} %`, trust.toFixed(3)] as const
  if (laid) notes.push((words) => (placed ? words.mapPlace : words.mapTools).quality(...written(laid)))
  if (placed) notes.push((words) => (laid ? words.mapPlace.placedQuality : words.mapTools.quality)(...written(placed)))
  if (whole < total) notes.push((words) => words.mapTools.sampled(whole, total, kind(words)))
  if (indices.length < whole) notes.push((words) => words.mapTools.onlyNow(indices.length, whole))
  return notes.map(inEach)
}

const inEach = (say: (words: Words) => string): Said => ({ en: say(CATALOGUES.en), 'zh-Hant': say(CATALOGUES['zh-Hant']) })
