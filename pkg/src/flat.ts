// The configuration as a flat list of dotted keys, whatever fields the Rust side has.

import type { Config } from './protocol'
import { SessionError } from './session'
import type { ClientWords } from './words'

export type Value = number | string | boolean
export type Flat = Record<string, Value>

export function flatten(config: Config): Flat {
  const flat: Flat = {}
  const walk = (value: unknown, path: string): void => {
    if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key)
    } else if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
      flat[path] = value
    }
  }
  walk(config, '')
  return flat
}

/** `base` with the values of `flat` put in. */
export function unflatten(base: Config, flat: Flat): Config {
  const config = JSON.parse(JSON.stringify(base)) as Config
  for (const [path, value] of Object.entries(flat)) {
    const keys = path.split('.')
    const last = keys.pop()
    let place = config as unknown as Record<string, unknown>
    for (const key of keys) place = (place[key] ?? {}) as Record<string, unknown>
    if (last !== undefined) place[last] = value
  }
  return config
}

/**
 * A part of a configuration that a script gives, as flat values. Throws a sentence if a key is none of `known`, or a value is of another
 * kind than there; ranges are the worker's.
 */
export function flatPartial(partial: unknown, known: Flat, words: ClientWords): Flat {
  if (partial === undefined) return {}
  const flat: Flat = {}
  const walk = (value: unknown, path: string): void => {
    const standard = known[path]
    if (standard !== undefined) {
      if (typeof value !== typeof standard) throw new SessionError(words.wrongKind(path, typeof standard, told(value)))
      flat[path] = value as Value
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && isGroup(path, known)) {
      for (const [key, inner] of Object.entries(value)) if (inner !== undefined) walk(inner, path ? `${path}.${key}` : key)
    } else throw new SessionError(path ? words.noSetting(path) : words.noConfiguration)
  }
  walk(partial, '')
  return flat
}

const isGroup = (path: string, known: Flat): boolean => path === '' || Object.keys(known).some((key) => key.startsWith(`${path}.`))

function told(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
