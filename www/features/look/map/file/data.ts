// The map as data within a file of its own: what `viewer.ts` draws without the page.
//
// In: dots and what is known of them. Out: text that may stand in an HTML element, and back. Numbers of dots are base64 of little-endian
// arrays, since a hundred thousand of them as decimals take three times as long to read.

export type Language = 'en' | 'zh-Hant'
export const FILE_LANGUAGES: readonly Language[] = ['en', 'zh-Hant']

/** Identifier of the element that holds the data. */
export const DATA = 'map-data'

/** A sentence in each language of the page. */
export type Said = Record<Language, string>

export interface MapFile {
  /** The language and theme of the page that saved it; a reader may change both. */
  language: Language
  dark: boolean
  what: 'items' | 'users'
  caption: Said
  /** What is to be known of the projection and of what is left out. */
  notes: readonly Said[]
  dots: number
  /** `Float32Array`s, one number a dot. */
  x: string
  y: string
  /** `Uint8Array`: index of each dot's colour. */
  category: string
  /** One of each dot. */
  titles: readonly string[]
  /** Identifiers of the log; null if they are the titles. */
  ids: readonly string[] | null
  genres: readonly string[]
  /** `Int32Array`: place in `genres`, -1 if unknown. */
  genre: string
  /** `Float32Array`: interactions of an item, or the mean of a user's items. */
  popularity: string
  /** The number by which the dots are coloured, `Float32Array` with NaN if unknown; null unless it is one beyond those above. */
  value: { said: Said; of: string } | null
  colours: { light: readonly string[]; dark: readonly string[] }
  legend: readonly { category: number; said: Said }[]
  /** The ends of a scale, each as it is written, and the number of its colours, which are the first ones. */
  scale: { least: string; most: string; said: Said; steps: number } | null
  /** Lines of the density, as paths in map coordinates. */
  contours: readonly string[]
  /** Names of regions, the most important first. */
  names: readonly { label: string; at: readonly [number, number] }[]
}

type Numbers = Float32Array | Int32Array | Uint8Array

/** Bytes that are turned into letters at once: an argument list has an end. */
const PIECE = 1 << 15

export function packed(values: Numbers): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  let letters = ''
  for (let at = 0; at < bytes.length; at += PIECE) letters += String.fromCharCode(...bytes.subarray(at, at + PIECE))
  return btoa(letters)
}

function bytesOf(text: string): ArrayBuffer {
  const letters = atob(text)
  const bytes = new Uint8Array(letters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i)
  return bytes.buffer
}

export const floats = (text: string) => new Float32Array(bytesOf(text))
export const integers = (text: string) => new Int32Array(bytesOf(text))
export const small = (text: string) => new Uint8Array(bytesOf(text))

/** JSON that no title can break out of, whatever it holds: nothing in it begins or ends an element or a comment. */
export const embedded = (file: MapFile): string =>
  JSON.stringify(file).replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
