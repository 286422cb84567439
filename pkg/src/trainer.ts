// The interface for scripts without the page: a session and what is known of its run.
//
// In: a session. Out: `ContrastVaeApi`, what has happened so far, and a subscription to every event. Nothing is drawn.

import { LossHistory, type ValidationPoint, validationOf } from './history'
import type { Command, Config, Event, Example, LatentKind, ReadOptions, RunState, Summary, Told } from './protocol'
import { type Session, SessionError } from './session'
import { flatPartial, flatten, unflatten } from './flat'
import { type ClientWords, clientWords } from './words'
import type { ContrastVaeApi, FlatReport, Latents, Measured, Recommended, Standing } from './interface'

type Loaded = Extract<Event, { event: 'loaded' }>
type Hello = Extract<Event, { event: 'hello' }>

export class Trainer implements ContrastVaeApi {
  #session: Session
  #hello: Hello | null = null
  #config: Config | null = null
  #device: Standing['device'] = null
  #state: RunState = 'empty'
  #loaded: Loaded | null = null
  #progress: Extract<Event, { event: 'progress' }> | null = null
  #history = new LossHistory()
  #validation: ValidationPoint[] = []
  #diagnosis: FlatReport | null = null
  #restored = false
  /** The latest projections. */
  #latents = new Map<LatentKind, Latents>()

  /** `words` is asked for whenever something is said, since the language may change. */
  constructor(
    session: Session,
    private readonly words: () => ClientWords = () => clientWords,
  ) {
    this.#session = session
    session.subscribe((event) => this.#receive(event))
  }

  /** Calls `listener` with every event of the worker, progress included; gives what ends that. */
  subscribe(listener: (event: Told) => void): () => void {
    return this.#session.subscribe(listener)
  }

  /** Names of the presets, each with a line on what it is. */
  async presets(): Promise<{ name: string; about: string }[]> {
    await this.#session.ready()
    return (this.#hello?.presets ?? []).map(({ name, about }) => ({ name, about }))
  }

  /** Ends the worker; what was loaded and trained is gone. */
  close(): void {
    this.#session.end()
  }

  async load(what: 'example' | Partial<Example> | File | File[], options?: ReadOptions): Promise<Summary> {
    const given = options ? { options } : {}
    const files = what instanceof File ? [what] : Array.isArray(what) ? what : null
    await this.#session.request(
      files
        ? { command: 'load_files', files, ...given }
        : // The Rust side fills in what is left out.
          { command: 'load_example', example: (what === 'example' ? {} : what) as Example, ...given },
    )
    if (!this.#loaded) throw new SessionError(this.words().starting)
    return this.#loaded.summary
  }

  async configure(partial: Parameters<ContrastVaeApi['configure']>[0], preset?: string): Promise<Config> {
    await this.#session.ready()
    let base = this.#config
    if (preset !== undefined) {
      const presets = this.#hello?.presets ?? []
      base = presets.find(({ name }) => name === preset)?.config ?? null
      if (!base) throw new SessionError(this.words().noPreset(preset, presets.map(({ name }) => name).join(', ')))
    }
    if (!base) throw new SessionError(this.words().starting)
    const config = unflatten(base, flatPartial(partial, flatten(base), this.words()))
    const answer = await this.#session.request({ command: 'configure', config })
    this.#config = answer.config
    return answer.config
  }

  start(): Promise<void> {
    return this.#do({ command: 'start' })
  }

  pause(): Promise<void> {
    return this.#do({ command: 'pause' })
  }

  resume(): Promise<void> {
    return this.#do({ command: 'resume' })
  }

  async step(count = 1): Promise<void> {
    const { held, leave } = this.untilHeld()
    try {
      await this.#do({ command: 'step', count })
      await held
    } finally {
      leave()
    }
  }

  stop(): Promise<void> {
    return this.#do({ command: 'stop' })
  }

  /** Resolves when the run holds or is over. */
  async finished(): Promise<void> {
    if (this.#state !== 'running') return
    const { held, leave } = this.untilHeld()
    await held.finally(leave)
  }

  async state(): Promise<Standing> {
    const { epoch = 0, step = 0, step_milliseconds = null } = this.#progress ?? {}
    return { state: this.#state, device: this.#device, epoch, step, step_milliseconds, summary: this.#loaded?.summary ?? null }
  }

  async metrics(): Promise<Measured> {
    const losses = this.#progress ? this.#history.table() : null
    return { losses, validation: [...this.#validation], diagnosis: this.#diagnosis }
  }

  async latents(what: LatentKind): Promise<Latents> {
    await this.#session.request({ command: 'latents', what })
    const latents = this.#latents.get(what)
    if (!latents) throw new SessionError(this.words().starting)
    return latents
  }

  async checkpoint(): Promise<Uint8Array> {
    return (await this.#session.request({ command: 'checkpoint' })).bytes
  }

  async restore(bytes: Uint8Array): Promise<void> {
    await this.#session.request({ command: 'restore', bytes })
  }

  async recommend(history: readonly (number | string)[], k = 10): Promise<Recommended[]> {
    const ids = this.#loaded?.item_ids ?? []
    const titles = this.#loaded?.item_titles.length ? this.#loaded.item_titles : ids
    if (!Array.isArray(history)) throw new SessionError(this.words().noHistory)
    const indices = history.map((item: unknown) => {
      const at = typeof item === 'number' ? item : ids.indexOf(String(item))
      if (Number.isInteger(at) && at >= 0 && at < ids.length) return at
      throw new SessionError(this.words().noItem(String(item)))
    })
    const { items } = await this.#session.request({ command: 'recommend', history: indices, k })
    return items.map((row) => ({ ...row, id: ids[row.item] ?? '', title: titles[row.item] ?? '' }))
  }

  async #do(
    wish: { command: Extract<Command['command'], 'start' | 'pause' | 'resume' | 'stop'> } | { command: 'step'; count: number },
  ): Promise<void> {
    await this.#session.request(wish)
  }

  /** Resolves when the run holds or is over; `leave` ends the waiting. */
  untilHeld(): { held: Promise<void>; leave: () => void } {
    let leave = (): void => {}
    const held = new Promise<void>((resolve) => {
      leave = this.#session.subscribe((event) => {
        if (event.event === 'crashed' || (event.event === 'state' && event.state !== 'running')) resolve()
      })
    })
    return { held, leave }
  }

  #receive(event: Told): void {
    switch (event.event) {
      case 'device':
        this.#device = { kind: event.kind, name: event.adapter || event.kind, reason: event.because }
        break
      case 'hello':
        this.#hello = event
        this.#config ??= event.default_config
        break
      case 'loaded':
        this.#forgetRun()
        this.#loaded = event
        break
      case 'state':
        this.#state = event.state
        break
      case 'latents':
        this.#latents.set(event.what, event)
        break
      case 'begun':
        // What was restored has been taken in already.
        if (!this.#restored) this.#forgetRun()
        this.#restored = false
        break
      case 'progress':
        this.#progress = event
        this.#history.add(event.step, event.losses)
        break
      case 'validation': {
        const { epoch, metrics, popularity, groups = [], seconds } = event
        this.#validation.push({ epoch, metrics, popularity, groups, seconds })
        break
      }
      case 'diagnosis':
        if (event.report) {
          const { epoch, step, seconds, report } = event
          const { last, views, positions, groups } = report
          this.#diagnosis = { ...last, ...views, positions, groups, epoch, step, seconds }
        }
        break
      case 'restored': {
        this.#forgetRun()
        this.#restored = true
        this.#config = event.config
        this.#validation = validationOf(event.history, event.popularity)
        for (const { epoch, losses } of event.history) this.#history.add(epoch * event.steps_per_epoch, losses)
        break
      }
      case 'crashed':
        this.#forgetRun()
        this.#loaded = null
        this.#state = 'empty'
        break
    }
  }

  #forgetRun(): void {
    this.#progress = null
    this.#history = new LossHistory()
    this.#validation = []
    this.#diagnosis = null
    this.#latents.clear()
  }
}
