// The configuration as the page sees it: a flat list of dotted keys, whatever fields the Rust side has.
//
// In: the default configuration that the worker sends. Out: fields to show, and the address's hash, which holds only what
// differs from the default, the choices about the log (`choices.ts`) included. What is written here about a key adds a range
// and a unit; a key that is not listed is still shown, under "Advanced".

import { choiceFromHash, choicesToHash, type Choices, USUAL } from '../features/data/choices'
import { LESSON_KEYS } from '../features/lessons/link'
import { flatten, type Flat, unflatten, type Value } from '../../pkg/src/flat'

export { flatten, type Flat, unflatten, type Value }

export interface FieldInfo {
  least?: number
  most?: number
  whole?: boolean
  /** Key of `text.config.units`. */
  unit?: 'users' | 'items' | 'steps' | 'epochs' | 'nats'
  options?: readonly string[]
  main?: boolean
}

/** Ranges are those of `src/run/ranges.rs`, which has the last word. In the order of the form. */
export const FIELDS: Record<string, FieldInfo> = {
  'model.kind': { options: ['contrastvae', 'vaecf', 'recvae', 'bivaecf'], main: true },
  'training.epochs': { least: 1, most: 10_000, whole: true, main: true },
  'model.hidden_size': { least: 2, most: 512, whole: true, main: true },
  'objective.kl_weight': { least: 0, most: 100, main: true },
  'objective.contrast_weight': { least: 0, most: 100, main: true },
  'training.learning_rate': { least: 1e-7, most: 1, main: true },
  seed: { least: 0, most: 4_294_967_295, whole: true, main: true },
  'model.layers': { least: 1, most: 8, whole: true },
  'model.heads': { least: 1, most: 16, whole: true },
  'model.max_length': { least: 2, most: 500, whole: true, unit: 'items' },
  'model.hidden_dropout': { least: 0, most: 0.95 },
  'model.attention_dropout': { least: 0, most: 0.95 },
  'model.linear_logvar': {},
  'model.logvar_bias': { least: -10, most: 5 },
  'model.shared_encoder': {},
  'bag.latent_size': { least: 1, most: 512, whole: true },
  'bag.hidden_size': { least: 1, most: 2048, whole: true },
  'bag.layers': { least: 1, most: 8, whole: true },
  'bag.input_dropout': { least: 0, most: 0.95 },
  'bag.normalise_input': {},
  'bag.gamma': { least: 0, most: 1 },
  'bag.encoder_passes': { least: 1, most: 20, whole: true },
  'bag.adaptive_prior': {},
  'view.mode': { options: ['deterministic', 'avae', 'model', 'variational', 'data', 'variational_data'] },
  'view.sampling': { options: ['paper', 'official'] },
  'view.variance_dropout': { least: 0, most: 0.95 },
  'view.augmentation': { options: ['uniform', 'reorder_only'] },
  'view.crop': { least: 0.05, most: 1 },
  'view.mask': { least: 0, most: 0.95 },
  'view.reorder': { least: 0, most: 1 },
  'view.augmented_targets': { options: ['own', 'original'] },
  'objective.reconstruction': { options: ['full_softmax', 'sampled_softmax', 'sampled_negative'] },
  'objective.negatives': { least: 1, most: 8192, whole: true, unit: 'items' },
  'objective.negative_power': { least: 0, most: 1 },
  'objective.kl_schedule': { options: ['linear', 'constant', 'cyclical', 'length'] },
  'objective.kl_annealing_steps': { least: 0, most: 10_000_000, whole: true, unit: 'steps' },
  'objective.prior': { options: ['standard', 'composite', 'adaptive'] },
  'objective.prior_steps': { least: 0, most: 10_000_000, whole: true, unit: 'steps' },
  'objective.free_bits': { least: 0, most: 10, unit: 'nats' },
  'objective.contrast': { options: ['nt_xent', 'align_uniform'] },
  'objective.positives': { options: ['other_view', 'same_target', 'both', 'second_view_same_target'] },
  'objective.uniformity_weight': { least: 0, most: 100 },
  'objective.temperature': { least: 0.01, most: 10 },
  'objective.contrast_position': { options: ['pooled', 'last'] },
  'objective.mask_same_target': {},
  'objective.reduction': { options: ['real', 'padded'] },
  'training.batch_size': { least: 2, most: 4096, whole: true, unit: 'users' },
  'training.weight_decay': { least: 0, most: 1 },
  'training.ema': { least: 0, most: 0.9999 },
  'training.patience': { least: 0, most: 10_000, whole: true, unit: 'epochs' },
}

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
