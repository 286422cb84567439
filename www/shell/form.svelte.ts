// The form of the settings: presets, values, why the worker refuses them, and the address that holds them.
//
// In: what a person types, a script gives or an address says. Out: values as reactive fields, and the configuration that the worker took.

import type { Choices } from '../features/data/choices'
import { sameChoices } from '../features/data/choices'
import { flatPartial } from '../../pkg/src/flat'
import type { Config } from '../../pkg/src/protocol'
import { type Session, SessionError } from '../../pkg/src/session'
import { type Messages, sentence } from './messages.svelte'
import { DEFAULT_PRESET, type Flat, flatten, fromHash, nearestPreset, toHash, unflatten } from './settings'
import { text } from './text'

/** A configuration by name. */
export interface NamedPreset {
  name: string
  about: string
  values: Flat
}

interface Surroundings {
  session: Session
  messages: Messages
  choices: () => Choices
  setChoices: (choices: Choices) => void
  /** The worker took the values. */
  taken: () => void
  /** It refused them. */
  refused: () => void
}

const SETTLE_MILLISECONDS = 250

export class Form {
  presets = $state.raw<readonly NamedPreset[]>([])
  /** Name of the preset that the form began with. */
  preset = $state(DEFAULT_PRESET)
  /** The values of that preset. */
  defaults = $state.raw<Flat | null>(null)
  values = $state.raw<Flat>({})
  /** Why the worker refuses the present values. */
  problem = $state<string | null>(null)
  /** The configuration of the worker, with every key that there is. */
  standard: Config | null = null

  /** What else the address holds, beside the settings and the choices. */
  alsoInAddress: () => Record<string, string> = () => ({})

  readonly #around: Surroundings
  #pending: (() => void) | null = null
  #settleTimer: ReturnType<typeof setTimeout> | undefined
  #hashTimer: ReturnType<typeof setTimeout> | undefined

  constructor(around: Surroundings) {
    this.#around = around
    addEventListener('hashchange', () => this.#readHash())
  }

  /** The worker tells what can be set. */
  begin(standard: Config, presets: readonly { name: string; about: string; config: Config }[]): void {
    this.standard = standard
    if (this.defaults) return
    this.presets = presets.map(({ name, about, config }) => ({ name, about, values: flatten(config) }))
    this.defaults = flatten(standard)
    this.#readHash()
    this.#pending?.()
    this.#pending = null
  }

  /** Changes values at once, or, while the module is still loading, when it has told what there is to change; the last such wish counts. */
  whenKnown(change: () => void): void {
    if (this.defaults) change()
    else this.#pending = change
  }

  /** Takes new values, without asking the worker yet. */
  setValues(values: Flat): void {
    this.values = { ...this.values, ...values }
    this.#settle()
  }

  resetValues(): void {
    if (!this.defaults) return
    this.values = { ...this.defaults }
    this.#settle()
  }

  /** Takes a preset, all of it; false if there is none of that name. */
  takePreset(name: string): boolean {
    const preset = this.presets.find((one) => one.name === name)
    if (!preset) return false
    this.preset = name
    this.defaults = preset.values
    this.resetValues()
    return true
  }

  /** The values of a run that began elsewhere. */
  follow(config: Config): Flat {
    clearTimeout(this.#settleTimer)
    this.values = flatten(config)
    this.problem = null
    const nearest = nearestPreset(this.values, this.presets)
    if (nearest) {
      this.preset = nearest.name
      this.defaults = nearest.values
    }
    this.#writeHash()
    return this.values
  }

  /** Sends the values to the worker; rejects with the sentence that says what is wrong with them. */
  async configure(): Promise<Config> {
    if (!this.standard || !this.defaults) throw new SessionError(text.config.waiting)
    clearTimeout(this.#settleTimer)
    this.#writeHash()
    try {
      const config = unflatten(this.standard, this.values)
      const answer = await this.#around.session.request({ command: 'configure', config })
      this.problem = null
      this.#around.taken()
      return answer.config
    } catch (error) {
      this.problem = sentence(error)
      this.#around.refused()
      throw error
    }
  }

  /** The same for a script: what is wrong changes nothing. */
  async configureWith(partial: unknown, preset?: string): Promise<Config> {
    await this.#around.session.ready()
    const { preset: name, defaults, values } = this
    const given = flatPartial(partial, defaults ?? {}, text.client)
    if (preset !== undefined && !this.takePreset(preset)) {
      throw new SessionError(text.client.noPreset(preset, this.presets.map((one) => one.name).join(', ')))
    }
    this.setValues(given)
    try {
      return await this.configure()
    } catch (error) {
      Object.assign(this, { preset: name, defaults, values })
      await this.configure().catch(() => {})
      throw error
    }
  }

  /** The part of an address that restores the form, with other keys beside it. */
  hash(also: Record<string, string> = {}): string {
    return toHash(this.values, this.defaults ?? {}, this.#around.choices(), also, this.preset)
  }

  /** The part of an address that restores the settings of a run, its seed even where it is the usual one. */
  hashOf(values: Flat): string {
    const nearest = nearestPreset(values, this.presets)
    const seed = String(values['seed'] ?? 0)
    return toHash(values, nearest?.values ?? this.defaults ?? {}, this.#around.choices(), { seed }, nearest?.name ?? this.preset)
  }

  /** The address follows what the worker need not be told here. */
  settleAddress(): void {
    clearTimeout(this.#hashTimer)
    this.#hashTimer = setTimeout(() => this.#writeHash(), SETTLE_MILLISECONDS)
  }

  /** After a pause in typing: the address follows, and the worker says whether the values will do. */
  #settle(): void {
    clearTimeout(this.#settleTimer)
    this.#settleTimer = setTimeout(() => void this.configure().catch(() => {}), SETTLE_MILLISECONDS)
  }

  #writeHash(): void {
    if (!this.defaults) return
    const hash = this.hash(this.alsoInAddress())
    if (hash !== location.hash) history.replaceState(history.state, '', location.pathname + location.search + hash)
  }

  #readHash(): void {
    if (!this.defaults) return
    const presets = Object.fromEntries(this.presets.map(({ name, values }) => [name, values]))
    const found = fromHash(location.hash, presets[DEFAULT_PRESET] ?? this.defaults, presets)
    this.preset = found.preset
    this.defaults = found.defaults
    this.values = found.values
    const { messages, choices, setChoices } = this.#around
    if (!sameChoices(found.choices, choices())) setChoices(found.choices)
    if (found.otherVersion) messages.tell('note', text.messages.newerHash(found.version))
    if (found.unknown.length > 0) messages.tell('note', text.messages.badHash(found.unknown.join(', ')))
    void this.configure().catch(() => {})
  }
}
