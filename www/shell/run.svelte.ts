// The run that is shown: where it stands and what was measured of it so far.
//
// In: events of the worker. Out: reactive fields that the charts read. It asks for nothing and decides nothing.

import { SvelteMap } from 'svelte/reactivity'

import { type LossSnapshot, LossHistory, type LossTable, type ValidationPoint, validationOf } from '../../pkg/src/history'
import type { Event, LatentKind, RunState } from '../../pkg/src/protocol'
import { type Look, withLook } from '../features/look/looks'
import type { Flat } from './settings'

export type Latents = Extract<Event, { event: 'latents' }>
export type Progress = Extract<Event, { event: 'progress' }>
export type Diagnosis = Extract<Event, { event: 'diagnosis' }>
export type Restored = Extract<Event, { event: 'restored' }>

/** Milliseconds between two redraws of the loss charts. */
const CHART_MILLISECONDS = 250

export class Run {
  state = $state<RunState>('empty')
  /** The values of the run; null if there is none. */
  values = $state.raw<Flat | null>(null)
  progress = $state.raw<Progress | null>(null)
  losses = $state.raw<LossTable | null>(null)
  validation = $state.raw<ValidationPoint[]>([])
  /** Latent space after the latest epoch. */
  diagnosis = $state.raw<Diagnosis | null>(null)
  /** The same after each epoch. */
  looks = $state.raw<readonly Look[]>([])
  latents = new SvelteMap<LatentKind, Latents>()
  /** Rises whenever the model has changed enough for new recommendations. */
  modelVersion = $state(0)
  /** Attributes of items that the first latent dimensions are tied to, in their order. */
  attributes = $state.raw<readonly string[]>([])
  hasModel = $state(false)

  #history = new LossHistory()
  #chartTimer: ReturnType<typeof setTimeout> | undefined

  get curve(): LossSnapshot {
    return this.#history.snapshot()
  }

  changed(state: RunState): void {
    this.state = state
    if (state !== 'running') this.#draw()
  }

  advanced(event: Progress): void {
    this.progress = event
    this.#history.add(event.step, event.losses, event.kl_weight)
    this.#chartTimer ??= setTimeout(() => this.#draw(), CHART_MILLISECONDS)
    this.hasModel = true
  }

  validated(point: ValidationPoint): void {
    this.validation = [...this.validation, point]
  }

  diagnosed(event: Diagnosis): void {
    this.diagnosis = event
    if (event.report) this.looks = withLook(this.looks, { epoch: event.epoch, report: event.report })
  }

  projected(event: Latents): void {
    this.latents.set(event.what, event)
    this.modelVersion += 1
  }

  /** A run that began elsewhere: its curve as far as it was kept, and where it stands. */
  restored(event: Restored, values: Flat, kept: LossSnapshot | null): void {
    this.values = values
    const { step, epochs, steps_per_epoch, kl_weight } = event
    this.validation = validationOf(event.history, event.popularity)
    // What was kept knows the curve step by step.
    if (kept) this.#history = LossHistory.from(kept)
    else {
      for (const { epoch, losses } of event.history) this.#history.add(epoch * steps_per_epoch, losses)
      if (event.under_way) this.#history.add(step, event.under_way)
    }
    const losses = event.under_way ?? event.history[event.history.length - 1]?.losses
    if (losses) {
      const epoch = Math.floor((step - 1) / steps_per_epoch)
      const pace = { sequences_per_second: 0, step_milliseconds: 0, seconds_left: 0 }
      this.progress = { event: 'progress', epoch, epochs, step, steps_per_epoch, losses, kl_weight, ...pace }
    }
    this.hasModel = true
  }

  forget(): void {
    this.#history = new LossHistory()
    this.losses = null
    this.progress = null
    this.validation = []
    this.diagnosis = null
    this.looks = []
    this.latents.clear()
    this.hasModel = false
    this.modelVersion += 1
    this.values = null
  }

  #draw(): void {
    clearTimeout(this.#chartTimer)
    this.#chartTimer = undefined
    if (this.progress) this.losses = this.#history.table()
  }
}
