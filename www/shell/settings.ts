// The configuration as the page sees it: a flat list of dotted keys, whatever fields the Rust side has.
//
// In: the default configuration that the worker sends, and the table of settings that a native test writes. Out: fields to show, and the
// address's hash, which holds only what differs from the default, the choices about the log (`choices.ts`) included. A key that is
// not in the table is still shown, under "Advanced".

import table from '../generated/settings.json'
import { choiceFromHash, choicesToHash, type Choices, USUAL } from '../features/data/choices'
import { LESSON_KEYS } from '../features/lessons/link'
import { flatten, type Flat, unflatten, type Value } from '../../pkg/src/flat'

export { flatten, type Flat, unflatten, type Value }

/** A setting as the Rust side has it. */
export interface FieldInfo {
  default: Value
  least?: number
  most?: number
  whole?: boolean
  /** Key of `text.config.units`. */
  unit?: 'users' | 'items' | 'steps' | 'epochs' | 'nats'
  options?: readonly string[]
  /** Shown before all others. */
  first?: boolean
  /** Values of other settings without which it has no effect. */
  needs?: readonly { key: string; values: readonly string[] }[]
}

/** The table of `src/run/settings_table.rs`, in the order of the form. */
export const FIELDS: Record<string, FieldInfo> = Object.fromEntries(
  (table as readonly (FieldInfo & { key: string })[]).map(({ key, ...info }) => [key, info]),
)

/** Whether a setting has an effect beside these values. */
export const hasEffect = (key: string, values: Flat) =>
  (FIELDS[key]?.needs ?? []).every((need) => need.values.includes(String(values[need.key])))

/** Without a preset in it, an address is one of version 1, which older pages read rightly. */
const HASH_VERSION = { plain: '1', preset: '2' } as const
const PRESET = 'preset'

/** The preset that the form begins with. */
export const DEFAULT_PRESET = 'default'

export const sameValues = (one: Flat, other: Flat) => Object.keys({ ...one, ...other }).every((key) => one[key] === other[key])

/** The keys of a configuration: those known here in their order, then the rest. */
export function orderedKeys(defaults: Flat): string[] {
  const known = Object.keys(FIELDS).filter((key) => key in defaults)
  return [...known, ...Object.keys(defaults).filter((key) => !(key in FIELDS))]
}

/**
 * What differs from a preset, whose values are `defaults`, and its name unless it is the default one. `also` are keys of others, such as
 * those of a lesson.
 */
export function toHash(
  values: Flat,
  defaults: Flat,
  choices: Choices,
  also: Record<string, string> = {},
  preset: string = DEFAULT_PRESET,
): string {
  const parameters = new URLSearchParams()
  const named = preset !== DEFAULT_PRESET
  if (named) parameters.set(PRESET, preset)
  for (const key of orderedKeys(defaults)) {
    const value = values[key]
    if (value !== undefined && value !== defaults[key]) parameters.set(key, String(value))
  }
  choicesToHash(choices, parameters)
  for (const [key, value] of Object.entries(also)) parameters.set(key, value)
  const settings = parameters.toString()
  return settings ? `#v=${named ? HASH_VERSION.preset : HASH_VERSION.plain}&${settings}` : ''
}

export interface FromHash {
  preset: string
  /** The values of the preset. */
  defaults: Flat
  values: Flat
  choices: Choices
  /** Keys that are unknown or have no readable value. */
  unknown: string[]
  version: string
  otherVersion: boolean
}

/** `defaults` are the values of the default preset, `presets` those of all by name. */
export function fromHash(hash: string, defaults: Flat, presets: Readonly<Record<string, Flat>> = {}): FromHash {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''))
  const preset = parameters.get(PRESET) ?? DEFAULT_PRESET
  const base = presets[preset] ?? defaults
  const found: FromHash = {
    preset: preset in presets ? preset : DEFAULT_PRESET,
    defaults: base,
    values: { ...base },
    choices: { ...USUAL },
    unknown: [],
    version: HASH_VERSION.plain,
    otherVersion: false,
  }
  for (const [key, written] of parameters) {
    if (key === 'v') {
      found.version = written
      found.otherVersion = !(Object.values(HASH_VERSION) as string[]).includes(written)
      continue
    }
    if (key === PRESET) {
      if (!(written in presets)) found.unknown.push(`${PRESET}=${written}`)
      continue
    }
    if (LESSON_KEYS.has(key)) continue
    const taken = choiceFromHash(found.choices, key, written)
    if (taken === 'taken') continue
    const value = taken === 'unknown' ? parseAs(defaults[key], written) : undefined
    if (value === undefined) found.unknown.push(key)
    else found.values[key] = value
  }
  return found
}

/** The preset from which these values differ in the fewest settings; of equals the first. */
export function nearestPreset<Preset extends { values: Flat }>(values: Flat, presets: readonly Preset[]): Preset | undefined {
  const distance = (preset: Preset) => Object.keys(preset.values).filter((key) => preset.values[key] !== values[key]).length
  return presets.reduce<Preset | undefined>((best, next) => (best && distance(best) <= distance(next) ? best : next), undefined)
}

/** Reads a value of the same kind as the default; undefined where it is none. */
export function parseAs(standard: Value | undefined, written: string): Value | undefined {
  if (typeof standard === 'number') {
    const value = Number(written)
    return written.trim() !== '' && Number.isFinite(value) ? value : undefined
  }
  if (typeof standard === 'boolean') return written === 'true' ? true : written === 'false' ? false : undefined
  return standard === undefined ? undefined : written
}
