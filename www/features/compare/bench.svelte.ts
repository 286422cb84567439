// The comparison of models: what is chosen, how far it is, and what came of it.
//
// In: a person's choices, and what the worker tells. Out: rows for a table and a chart, and the whole as files. The models train one after
// the other in the worker, beside whatever else goes on there; each that is done is kept at once, and not done again.

import { Awake } from '../../shell/awake'
import type { Lab } from '../../shell/lab.svelte'
import type { Comparison, Event, Row } from '../../../pkg/src/protocol'
import { text } from '../../shell/text'
import { IDS, type ModelId, modelOf, USUAL } from './models'
import { forgetKept, type Kept, readKept, withKept, withoutKept, writeKept } from './store'

type Progress = Extract<Event, { event: 'comparison_progress' }>

/** Until a form is asked about, so that typing does not ask at each letter. */
const SETTLE_MILLISECONDS = 250

export const EPOCHS = { least: 1, most: 10_000 }
export const SEEDS = { least: 1, most: 20 }

export class CompareBench {
  chosen = $state.raw<readonly ModelId[]>(USUAL)
  /** Other presets and baselines by name, with commas between them. */
  also = $state('')
  seeds = $state<number | null>(1)
  /** Null for each preset's own. */
  epochs = $state<number | null>(10)

  /** What the choices would take; null where there is no data, or they will not do. */
  estimate = $state.raw<{ total: number; left: number; work: number } | null>(null)
  /** Why the choices will not do. */
  problem = $state('')
  /** Why the latest comparison stopped before its end. */
  stopped = $state('')
  running = $state(false)
  progress = $state.raw<Progress | null>(null)
  comparison = $state.raw<Comparison | null>(null)
  rows = $state.raw<readonly Row[]>([])
  /** The rows that were cleared last, until others come. */
  cleared = $state.raw<Kept | null>(null)
  /** Whether there was no room to keep them for the next visit. */
  full = $state(false)

  readonly #lab: Lab
  #kept: Kept[]
  #asked = 0
  /** The screen stays awake while models train. */
  #awake = new Awake()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** The settings of the comparison under way. */
  #settings = ''

  constructor(lab: Lab) {
    this.#lab = lab
    this.#kept = lab.keep.wanted ? readKept() : []
    lab.session.subscribe((event) => {
      if (event.event === 'comparison_progress' && this.running) this.progress = event
      if (event.event === 'comparison_rows') this.#take(event.comparison, event.rows)
    })
  }

  /** The names of what is chosen, each once, in the order of the families. */
  get models(): string[] {
    const also = this.also.split(',').map((name) => name.trim())
    return [...new Set([...IDS.filter((id) => this.chosen.includes(id)).map(modelOf), ...also.filter(Boolean)])]
  }

  /** Whether the numbers of the form are whole and in range. */
  get sound(): boolean {
    const within = (value: number, { least, most }: typeof EPOCHS) => Number.isInteger(value) && value >= least && value <= most
    return this.seeds !== null && within(this.seeds, SEEDS) && (this.epochs === null || within(this.epochs, EPOCHS))
  }

  choose(ids: readonly ModelId[], wanted: boolean): void {
    const others = this.chosen.filter((id) => !ids.includes(id))
    this.chosen = wanted ? [...others, ...ids] : others
  }

  /** Asks what the choices would take, and which rows are there already; to be called when a choice or the data has changed. */
  ask(): void {
    clearTimeout(this.#timer)
    if (this.running) return
    this.#timer = setTimeout(() => void this.#ask(), SETTLE_MILLISECONDS)
  }

  async #ask(): Promise<void> {
    const asked = ++this.#asked
    if (!this.#lab.summary || !this.sound) {
      this.estimate = null
      return
    }
    try {
      const { total, left, work, comparison, rows } = await this.#lab.session.request({
        command: 'estimate_comparison',
        ...this.#wish(),
      })
      if (asked !== this.#asked || this.running) return
      this.estimate = { total, left, work }
      this.comparison = comparison
      this.rows = rows
      this.problem = ''
    } catch (error) {
      if (asked !== this.#asked || this.running) return
      this.estimate = null
      // While a file is read the worker answers nothing else; it is asked again when that is done.
      this.problem = this.#lab.loading ? '' : sentence(error)
    }
  }

  /** Trains and ranks what is chosen and not done yet. */
  async start(): Promise<void> {
    clearTimeout(this.#timer)
    this.#asked += 1
    this.running = true
    this.#awake.set(true)
    this.problem = ''
    this.stopped = ''
    this.cleared = null
    this.#settings = this.#settingsText()
    try {
      const { comparison, rows } = await this.#lab.session.request({ command: 'compare', ...this.#wish() })
      this.#take(comparison, rows)
    } catch (error) {
      this.stopped = sentence(error)
    } finally {
      this.running = false
      this.#awake.set(false)
      this.progress = null
      this.ask()
    }
  }

  async cancel(): Promise<void> {
    await this.#lab.session.request({ command: 'cancel_comparison' })
  }

  /** Takes the rows away, so that they can be made anew. */
  clear(): void {
    const { comparison } = this
    if (!comparison) return
    const settings = this.#settingsText()
    this.cleared = { settings, comparison }
    this.#kept = withoutKept(this.#kept, settings, comparison.fingerprint)
    this.rows = []
    this.#write()
    this.ask()
  }

  bringBack(): void {
    if (!this.cleared) return
    this.#kept = withKept(this.#kept, this.cleared)
    this.cleared = null
    this.#write()
    this.ask()
  }

  /** To be called when the wish to keep things on this machine has changed. */
  keepOrForget(): void {
    if (this.#lab.keep.wanted) this.#write()
    else forgetKept()
  }

  #take(comparison: Comparison, rows: readonly Row[]): void {
    this.comparison = comparison
    this.rows = rows
    this.#kept = withKept(this.#kept, { settings: this.#settings, comparison })
    this.#write()
  }

  #write(): void {
    if (this.#lab.keep.wanted) this.full = !writeKept(this.#kept)
  }

  #wish() {
    return {
      models: this.models,
      settings: this.#settingsList(),
      seeds: this.seeds ?? 1,
      before: JSON.stringify(this.#kept.map(({ comparison }) => comparison)),
    }
  }

  #settingsList = (): string[] => (this.epochs === null ? [] : [`training.epochs=${this.epochs}`])
  #settingsText = (): string => this.#settingsList().join(' ')
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error)) || text.crash.gone
