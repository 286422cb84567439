// The configuration as a flat list of dotted keys, whatever fields the Rust side has.

import type { Config } from './protocol'

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
