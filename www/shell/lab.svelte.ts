// The page's state, and everything that a person or a script can do with it.
//
// In: events of the session. Out: reactive fields that the components read, and the actions that they call. Components hold
// no state of the run themselves, so any of them can be left out or shown twice.

import { SvelteMap } from 'svelte/reactivity'

import { fileName, saveFile } from './checkpoint'
import { sameChoices } from '../features/data/choices'
import { forgetRates, keepRate, type Rate, readRate, secondsOf } from './estimate'
import { LossHistory, type LossTable, type ValidationPoint, validationOf } from '../../pkg/src/history'
import { Awake } from './awake'
import { type Found, Keep, type Present } from '../features/keep/keep.svelte'
import type { Source } from './source'
import { forgetKept } from '../features/compare/store'
import type { KeptRun } from '../features/keep/packed'
import type {
  BaselineMetrics,
  Config,
  DeviceChoice,
  DeviceKind,
  Event,
  Example,
  FromWorker,
  LatentKind,
  ModelChoice,
  ReadOptions,
  Recommendation,
  RunSize,
  RunState,
  Summary,
} from '../../pkg/src/protocol'
import { Offline } from '../features/offline/offline.svelte'
import { Privacy } from '../features/privacy/privacy.svelte'
import { type Look, withLook } from '../features/look/looks'
import { type RunRecord, Runs } from './runs.svelte'
import { type LocalSet, localSets } from '../features/data/local-data'
import { newWorker } from './new-worker'
import { Reading } from '../features/data/reading.svelte'
import { Session, SessionError } from '../../pkg/src/session'
import { DEFAULT_PRESET, type Flat, flatten, fromHash, nearestPreset, sameValues, toHash, unflatten } from './settings'
import { readWish } from '../../pkg/src/device'
import { inWords } from './device-words'
import { text } from './text'
import { forgetLanguage } from './text/language.svelte'

export type LoadedEvent = Extract<Event, { event: 'loaded' }>
export type Latents = Extract<Event, { event: 'latents' }>
export type Vectors = Extract<Event, { event: 'vectors' }>
export type Posterior = Extract<Event, { event: 'posterior' }>
export type Progress = Extract<Event, { event: 'progress' }>
export type Diagnosis = Extract<Event, { event: 'diagnosis' }>
type Restored = Extract<Event, { event: 'restored' }>

/** A configuration by name. */
export interface NamedPreset {
  name: string
  about: string
  values: Flat
}

/** What is known about the items of the log. */
export interface Catalogue {
  titles: string[]
  ids: string[]
  genres: string[]
  genre: Int32Array
  count: Uint32Array
}

export interface Message {
  id: number
  kind: 'problem' | 'note'
  text: string
  detail: string
}

/** Milliseconds between two redraws of the loss charts. */
const CHART_MILLISECONDS = 250
const SETTLE_MILLISECONDS = 250

export class Lab {
  #device = $state.raw<DeviceChoice | null>(null)
  readonly device = $derived(this.#device && inWords(this.#device))
  download = $state.raw<{ done: number; total: number | null } | null>(null)
  version = $state('')

  state = $state<RunState>('empty')
  summary = $state.raw<Summary | null>(null)
  catalogue = $state.raw<Catalogue | null>(null)
  /** Data sets that the site brings. */
  localSets = $state.raw<LocalSet[]>([])

  presets = $state.raw<readonly NamedPreset[]>([])
  /** Name of the preset that the form began with. */
  preset = $state(DEFAULT_PRESET)
  /** The values of that preset. */
  defaults = $state.raw<Flat | null>(null)
  values = $state.raw<Flat>({})
  /** Why the worker refuses the present values. */
  configProblem = $state<string | null>(null)
  /** What a run with the form's values would take; null where nothing is loaded or they will not do. */
  size = $state.raw<RunSize | null>(null)
  /** How quick this machine was when it was measured last. */
  rate = $state.raw<Rate | null>(null)
  /** Milliseconds that the run rests after each step. */
  rest = $state(0)
  /** The values of the run that is shown. */
  runValues = $state.raw<Flat | null>(null)

  progress = $state.raw<Progress | null>(null)
  losses = $state.raw<LossTable | null>(null)
  validation = $state.raw<ValidationPoint[]>([])
  /** What the latent space looked like after the latest epoch. */
  diagnosis = $state.raw<Diagnosis | null>(null)
  /** The same after each epoch. */
  looks = $state.raw<readonly Look[]>([])
  latents = new SvelteMap<LatentKind, Latents>()
  /** Rises whenever the model has changed enough for new recommendations. */
  modelVersion = $state(0)
  hasModel = $state(false)
  sequence = $state.raw<number[]>([])
  /** The model that is kept beside the run to compare with: of which run, and when. */
  pinned = $state.raw<{ name: string; epoch: number; step: number } | null>(null)
  /** What became of the checkpoint that was saved or opened last. */
  checkpointStatus = $state('')

  /** What else the address holds, beside the settings and the choices. */
  alsoInAddress: () => Record<string, string> = () => ({})

  /** The runs of this visit, the present one among them. */
  readonly runs = new Runs()

  /** What the baselines reach on the data of this name and size. */
  baselines = $state.raw<{ data: RunRecord['data']; rows: BaselineMetrics[]; seconds: number } | null>(null)
  /** How much of their ranking is done; null where none is under way. */
  ranking = $state.raw<{ done: number; total: number } | null>(null)

  messages = $state.raw<Message[]>([])
  /** A worker that failed is being replaced. */
  recovering = $state(false)

  readonly dirty = $derived(this.runValues !== null && !sameValues(this.values, this.runValues))
  /** Seconds that a run with the form's values would take on this machine; null where that cannot be told. */
  readonly seconds = $derived(this.size && this.rate ? secondsOf(this.size, Number(this.values['training.epochs'] ?? 0), this.rate) : null)
  readonly busy = $derived(this.state === 'running' || this.state === 'paused')

  /** Who keeps something of the present run and must let go of it. */
  readonly onforget = new Set<() => void>()

  readonly session = new Session(readWish(location.search), newWorker, () => text.crash)
  /** What is loaded and how it was read. */
  readonly reading = new Reading({
    session: this.session,
    summary: () => this.summary,
    hasRun: () => this.runValues !== null,
    begins: () => (this.messages = []),
    changed: () => this.settleAddress(),
  })
  /** What was asked of the network. */
  readonly privacy = new Privacy(this.session)
  /** Whether the page opens without one. */
  readonly offline = new Offline(this.session, [forgetLanguage, forgetRates, forgetKept])
  /** Keeps the run on this machine. */
  readonly keep = new Keep({
    session: this.session,
    present: () => this.#present(),
    running: () => this.state === 'running',
  })
  /** Bytes read of the files being loaded; null when nothing is. */
  readonly loading = $derived(this.reading.loading)
  #standard: Config | null = null
  #history = new LossHistory()
  #chartTimer: ReturnType<typeof setTimeout> | undefined
  #settleTimer: ReturnType<typeof setTimeout> | undefined
  #hashTimer: ReturnType<typeof setTimeout> | undefined
  #lastMessage = 0
  #awake = new Awake()
  /** The kept run that the worker is about to take up. */
  #takingUp: KeptRun | null = null
  /** What the run under way takes, and how long its epochs took so far. */
  #runSize: RunSize | null = null
  #epochEnds: number[] = []
  /** The step at which the worker was set up again last. */
  #recoveredAt: { id: string; step: number; kind: DeviceKind | undefined } | null = null
  /** What is to be set up again since a worker broke off, until that is done. */
  #broken: { source: Source | null; found: Found | null; wasRunning: boolean; kind: DeviceKind | undefined } | null = null

  constructor() {
    this.session.subscribe((event) => this.#receive(event))
    addEventListener('hashchange', () => this.#readHash())
    this.session.start()
    void localSets().then((sets) => (this.localSets = sets))
  }

  // What a person does

  loadExample(example: Partial<Example> = {}, options: ReadOptions = {}): Promise<Summary> {
    return this.reading.loadExample(example, options)
  }

  loadFiles(files: File[], options: ReadOptions = {}): Promise<Summary> {
    return this.reading.loadFiles(files, options)
  }

  /** Takes new values into the form, without asking the worker yet. */
  setValues(values: Flat): void {
    this.values = { ...this.values, ...values }
    this.#settle()
  }

  resetValues(): void {
    if (!this.defaults) return
    this.values = { ...this.defaults }
    this.#settle()
  }

  /** Takes a preset into the form, all of it; false where there is none of that name. */
  takePreset(name: string): boolean {
    const preset = this.presets.find((one) => one.name === name)
    if (!preset) return false
    this.preset = name
    this.defaults = preset.values
    this.resetValues()
    return true
  }

  /** Slows the run down so that it can be followed, or not. */
  async setRest(milliseconds: number): Promise<void> {
    this.rest = milliseconds
    this.#epochEnds = []
    await this.session.request<'done'>({ command: 'rest', milliseconds })
  }

  /** Ranks by what needs no training, to compare with. */
  async rankBaselines(): Promise<void> {
    const { summary } = this
    if (!summary) throw new SessionError(text.data.nothingLoaded)
    this.ranking = { done: 0, total: 0 }
    try {
      const { baselines, seconds } = await this.session.request<'baselines'>({ command: 'baselines' })
      const { name, users, items, interactions } = summary
      this.baselines = { data: { name, users, items, interactions }, rows: baselines, seconds }
    } finally {
      this.ranking = null
    }
  }

  async cancelBaselines(): Promise<void> {
    await this.session.request<'done'>({ command: 'cancel_baselines' })
  }

  /** Goes on with a run that was kept on this machine: loads its data and takes it up where it was saved. */
  async takeUp(id: string): Promise<void> {
    const found = await this.keep.open(id)
    if (!found) throw new SessionError(text.keep.gone)
    const { source } = found.kept
    if (source.kind === 'example') {
      await this.loadExample(source.example, source.options)
    } else {
      const files = await this.keep.filesOf(found.kept)
      // A log without a copy must be opened by hand; that it is the right one is checked with the checkpoint.
      if (files.length > 0) await this.loadFiles(files, source.options)
      else if (!this.summary) throw new SessionError(text.keep.openFirst(source.names.join(', ')))
    }
    await this.#goOn(found)
    if (this.state === 'paused' && !found.kept.over) await this.resume()
  }

  /** Sends the form's values to the worker; rejects with the sentence that says what is wrong with them. */
  async configure(): Promise<Config> {
    if (!this.#standard || !this.defaults) throw new SessionError(text.config.waiting)
    clearTimeout(this.#settleTimer)
    this.#writeHash()
    try {
      const config = unflatten(this.#standard, this.values)
      const answer = await this.session.request<'configured'>({ command: 'configure', config })
      this.configProblem = null
      void this.#estimate()
      return answer.config
    } catch (error) {
      this.configProblem = sentence(error)
      this.size = null
      throw error
    }
  }

  async start(): Promise<void> {
    await this.#begin({ command: 'start' })
  }

  async pause(): Promise<void> {
    await this.session.request<'done'>({ command: 'pause' })
  }

  async resume(): Promise<void> {
    await this.session.request<'done'>({ command: 'resume' })
  }

  async step(steps = 1): Promise<void> {
    if (this.busy) await this.session.request<'done'>({ command: 'step', count: steps })
    else await this.#begin({ command: 'step', count: steps })
  }

  async stop(): Promise<void> {
    await this.session.request<'done'>({ command: 'stop' })
  }

  async recommend(history: readonly number[], k: number, model: ModelChoice = 'present'): Promise<Recommendation[]> {
    const answer = await this.session.request<'recommendations'>({ command: 'recommend', history: [...history], k, model })
    return answer.items
  }

  /** Where a history lies in the latent space. */
  posterior(history: readonly number[]): Promise<Posterior> {
    return this.session.request<'posterior'>({ command: 'posterior', history: [...history] })
  }

  /** The latents themselves, of at most so many items or users, `views` with the two views of each user. */
  vectors(what: LatentKind, most: number, views: boolean): Promise<Vectors> {
    return this.session.request<'vectors'>({ command: 'vectors', what, most, views })
  }

  /** Keeps the present model to compare with later ones. */
  async pin(): Promise<void> {
    const { step, epoch } = await this.session.request<'pinned'>({ command: 'pin' })
    const run = this.runs.list.find(({ id }) => id === this.runs.current)
    this.pinned = { name: run?.name ?? text.runs.heading, epoch, step }
  }

  async unpin(): Promise<void> {
    this.pinned = null
    await this.session.request<'done'>({ command: 'unpin' })
  }

  async snapshot(what: LatentKind): Promise<Latents> {
    return this.session.request<'latents'>({ command: 'latents', what })
  }

  /** The part of an address that restores the form, with other keys beside it. */
  hash(also: Record<string, string> = {}): string {
    return toHash(this.values, this.defaults ?? {}, this.reading.choices, also, this.preset)
  }

  /** The run as it stands, as a zip archive. */
  async checkpoint(): Promise<{ name: string; bytes: Uint8Array }> {
    const { data, epoch, bytes } = await this.session.request<'checkpoint'>({ command: 'checkpoint' })
    return { name: fileName(data, epoch), bytes }
  }

  /** Puts the run of a checkpoint in the place of the present one, on hold; `name` is what people call it. */
  async restore(bytes: Uint8Array, name: string = text.checkpoint.heading): Promise<void> {
    await this.reading.settled()
    let restored: Restored | undefined
    const leave = this.session.subscribe((event) => {
      if (event.event === 'restored') restored = event
    })
    try {
      await this.session.request<'done'>({ command: 'restore', bytes })
    } finally {
      leave()
    }
    if (!restored) return
    this.keep.begin()
    const { weights_of, epoch, step } = restored
    const words = text.checkpoint
    if (weights_of != null) this.checkpointStatus = words.weights(name, weights_of)
    else this.checkpointStatus = this.state === 'finished' ? words.over(name, epoch) : words.opened(name, step)
  }

  /** Hands the run to the visitor as a file. */
  async saveCheckpoint(): Promise<void> {
    await this.#withStatus(text.checkpoint.saving, async () => {
      const { name, bytes } = await this.checkpoint()
      saveFile(name, bytes)
      this.checkpointStatus = text.checkpoint.saved(name, bytes.length)
    })
  }

  async openCheckpoint(file: File): Promise<void> {
    await this.#withStatus(text.checkpoint.opening(file.name), async () => {
      await this.restore(new Uint8Array(await file.arrayBuffer()), file.name)
    })
  }

  /** Says what is being done; what goes wrong leaves nothing of it behind. */
  async #withStatus(doing: string, action: () => Promise<void>): Promise<void> {
    this.checkpointStatus = doing
    try {
      await action()
    } finally {
      if (this.checkpointStatus === doing) this.checkpointStatus = ''
    }
  }

  /** Runs an action of a button: what goes wrong becomes a message. */
  async attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action()
    } catch (error) {
      this.tell('problem', sentence(error))
    }
  }

  tell(kind: Message['kind'], words: string, detail = ''): void {
    const others = this.messages.filter((message) => message.text !== words)
    this.messages = [...others, { id: ++this.#lastMessage, kind, text: words, detail }].slice(-4)
  }

  dismiss(id: number): void {
    this.messages = this.messages.filter((message) => message.id !== id)
  }

  // What the worker tells

  #receive(event: FromWorker): void {
    switch (event.event) {
      case 'device':
        this.#device = event
        this.download = null
        break
      case 'download':
        this.download = { done: event.bytes_done, total: event.bytes_total }
        break
      case 'hello':
        this.#standard = event.default_config
        this.version = event.version
        this.rate = readRate(event.kind)
        if (!this.defaults) {
          this.presets = event.presets.map(({ name, about, config }) => ({ name, about, values: flatten(config) }))
          this.defaults = flatten(event.default_config)
          this.#readHash()
        }
        if (this.rest > 0) void this.setRest(this.rest).catch(() => {})
        break
      case 'load_progress':
        this.reading.receiveProgress(event.bytes_done, event.bytes_total)
        break
      case 'preview':
        this.reading.receivePreview(event.preview)
        break
      case 'loaded':
        this.#loaded(event)
        break
      case 'state':
        this.state = event.state
        this.runs.running(event.state === 'running', performance.now())
        this.#awake.set(event.state === 'running')
        if (event.state === 'paused') this.keep.due('halt')
        if (event.state === 'finished') this.#over()
        if (event.state !== 'running') this.#drawCharts()
        break
      case 'progress':
        this.progress = event
        this.#history.add(event.step, event.losses, event.kl_weight)
        this.#chartTimer ??= setTimeout(() => this.#drawCharts(), CHART_MILLISECONDS)
        this.hasModel = true
        break
      case 'validation': {
        const { epoch, metrics, popularity, groups = [], seconds } = event
        const point = { epoch, metrics, popularity, groups, seconds }
        this.validation = [...this.validation, point]
        this.runs.validated(point, performance.now())
        this.#measure()
        this.keep.due('epoch')
        break
      }
      case 'diagnosis':
        this.diagnosis = event
        if (event.report) {
          this.looks = withLook(this.looks, { epoch: event.epoch, report: event.report })
          this.runs.diagnosed(event.epoch, event.report)
        }
        break
      case 'restored':
        this.#restored(event)
        break
      case 'latents':
        this.latents.set(event.what, event)
        this.modelVersion += 1
        break
      case 'failed':
        this.tell('problem', event.message)
        break
      case 'crashed':
        void this.#crashed(event)
        break
      case 'begun':
        this.runs.sized(event.parameters)
        break
      case 'baseline_progress':
        if (this.ranking) this.ranking = { done: event.done, total: event.total }
        break
      case 'gpu_failed':
      case 'device_failed':
      case 'baselines':
      case 'comparison_estimated':
      case 'comparison_progress':
      case 'comparison_rows':
      case 'compared':
      case 'tested':
      case 'estimated':
      case 'probed':
      case 'configured':
      case 'done':
      case 'recommendations':
      case 'vectors':
      case 'posterior':
      case 'pinned':
      case 'checkpoint':
        break
    }
  }

  #loaded(event: LoadedEvent): void {
    this.#forgetRun()
    this.reading.receiveLoaded()
    this.sequence = []
    this.pinned = null
    this.summary = event.summary
    this.catalogue = {
      titles: event.item_titles.length > 0 ? event.item_titles : event.item_ids,
      ids: event.item_ids,
      genres: event.genres,
      genre: event.item_genre,
      count: event.item_count,
    }
    this.baselines = null
    void this.#estimate()
  }

  /** A run that began elsewhere: its settings, its curve as far as it was kept, and where it stands. */
  #restored(event: Restored): void {
    this.#forgetRun()
    clearTimeout(this.#settleTimer)
    this.values = flatten(event.config)
    this.runValues = this.values
    this.configProblem = null
    const nearest = nearestPreset(this.values, this.presets)
    if (nearest) {
      this.preset = nearest.name
      this.defaults = nearest.values
    }
    this.#writeHash()
    const { step, epochs, steps_per_epoch, kl_weight } = event
    const kept = this.#takingUp
    this.validation = validationOf(event.history, event.popularity)
    if (kept?.run) {
      // What was kept knows the curve step by step, and the time that it took.
      this.#history = LossHistory.from(kept.losses)
      this.runs.takeUp(kept.run)
    } else {
      for (const { epoch, losses } of event.history) this.#history.add(epoch * steps_per_epoch, losses)
      if (event.under_way) this.#history.add(step, event.under_way)
      this.#keepRun()
      this.runs.continued(this.validation)
    }
    const losses = event.under_way ?? event.history[event.history.length - 1]?.losses
    if (losses) {
      const epoch = Math.floor((step - 1) / steps_per_epoch)
      const pace = { sequences_per_second: 0, step_milliseconds: 0, seconds_left: 0 }
      this.progress = { event: 'progress', epoch, epochs, step, steps_per_epoch, losses, kl_weight, ...pace }
    }
    this.hasModel = true
  }

  /** The worker is gone. What was loaded and the run are set up again in a new one, from the latest checkpoint. */
  async #crashed(event: Extract<FromWorker, { event: 'crashed' }>): Promise<void> {
    // A worker may break off again while the run is set up in it. On a GPU that is one more failure of that; on the CPU it is the end.
    const broken = this.#broken ?? {
      source: this.reading.source,
      found: this.keep.last,
      wasRunning: this.state === 'running',
      kind: this.#device?.kind,
    }
    const ends = this.#broken !== null && this.#device?.kind === 'cpu'
    const { source, found, wasRunning, kind } = broken
    this.#forgetRun()
    this.reading.reset()
    this.state = 'empty'
    this.summary = null
    this.catalogue = null
    this.sequence = []
    this.pinned = null
    this.size = null
    this.#awake.set(false)
    if (!event.started || !source || ends) {
      this.#broken = null
      this.recovering = false
      const { detail } = event
      this.tell('problem', event.started ? text.crash.lost(text.crash.why[event.fault]) : text.crash[event.fault], detail)
      return
    }
    this.#broken = { ...broken }
    const mine = this.#broken
    const why = text.crash.why[event.fault]
    const { detail } = event
    this.recovering = true
    try {
      await this.#reload(source)
      const now = this.#device?.kind
      const device = kind === 'gpu' && now ? now : ''
      if (!found) {
        this.tell('problem', text.keep.reloaded(why, device), detail)
        return
      }
      await this.#goOn(found)
      const { id, epoch, step } = found.kept
      // What fails twice at the same place on the same device would fail for ever.
      const again = this.#recoveredAt?.id === id && this.#recoveredAt.step === step && this.#recoveredAt.kind === now
      this.#recoveredAt = { id, step, kind: now }
      if (wasRunning && !again && !found.kept.over) await this.resume()
      this.tell('problem', again ? text.keep.recoveredOnHold(why, epoch, step) : text.keep.recovered(why, epoch, step, device), detail)
    } catch {
      if (this.#broken === mine) this.tell('problem', text.crash.lost(why), detail)
    } finally {
      if (this.#broken === mine) {
        this.#broken = null
        this.recovering = false
      }
    }
  }

  #reload({ kind, example, files, options }: Source): Promise<Summary> {
    return kind === 'example' ? this.loadExample(example, options) : this.loadFiles(files, options)
  }

  /** The worker takes up a kept run, on hold, and the page its curves. */
  async #goOn(found: Found): Promise<void> {
    await this.reading.settled()
    this.#takingUp = found.kept
    try {
      const bytes = new Uint8Array(await found.archive.arrayBuffer())
      await this.session.request<'done'>({ command: 'restore', bytes })
    } finally {
      this.#takingUp = null
    }
    this.keep.begin(found)
  }

  #present(): Present | null {
    const { source } = this.reading
    const { summary, progress } = this
    if (!source || !summary) return null
    const { name, users, items, interactions } = summary
    return {
      source,
      data: { name, users, items, interactions },
      epochs: progress?.epochs ?? Number(this.runValues?.['training.epochs'] ?? 0),
      over: this.state === 'finished',
      losses: this.#history.snapshot(),
      run: this.runs.present,
    }
  }

  /** The run is over: it is kept as it is, and put to the test. */
  #over(): void {
    this.keep.due('end')
    const { present } = this.runs
    if (!present || this.validation.length === 0) return
    void this.session
      .request<'tested'>({ command: 'test' })
      .then(({ epoch, metrics }) => this.runs.tested(present.key, epoch, metrics))
      // Another run took its place; the table says that there is no test of this one.
      .catch(() => {})
  }

  /** What the form's values would take. */
  async #estimate(): Promise<void> {
    if (!this.#standard || !this.summary || this.configProblem) return
    const { values } = this
    const size = await this.#sizeOf(values)
    if (values !== this.values) return
    this.size = size
    // A GPU is slow at its first steps, when it compiles; how quick it is the first run tells.
    if (!size || this.rate || this.busy || this.device?.kind !== 'cpu') return
    try {
      const { step_work, step_seconds } = await this.session.request<'probed'>({ command: 'probe' })
      if (!this.rate) this.#noteRate({ work: step_work / step_seconds, from: 'probe' })
    } catch {
      // A run has begun meanwhile, which tells the same, and better.
    }
  }

  /** What a run with these values would take; null where it would be refused, which the form says in its own place. */
  async #sizeOf(values: Flat): Promise<RunSize | null> {
    if (!this.#standard) return null
    try {
      const config = unflatten(this.#standard, values)
      return (await this.session.request<'estimated'>({ command: 'estimate', config })).size
    } catch {
      return null
    }
  }

  /** How quick the epochs of this run are, the first one left out, which also starts everything. */
  #measure(): void {
    this.#epochEnds.push(this.runs.elapsed(performance.now()))
    const [first] = this.#epochEnds
    const last = this.#epochEnds.at(-1)
    const epochs = this.#epochEnds.length - 1
    if (!this.#runSize || this.rest > 0 || first === undefined || last === undefined || epochs < 1 || last <= first) return
    this.#noteRate({ work: (this.#runSize.epoch_work * epochs) / (last - first), from: 'run' })
  }

  #noteRate(rate: Rate): void {
    if (!this.device || !(rate.work > 0) || !Number.isFinite(rate.work)) return
    this.rate = rate
    keepRate(this.device.kind === 'gpu' ? 'gpu' : 'cpu', rate)
  }

  #forgetRun(): void {
    this.#history = new LossHistory()
    this.losses = null
    this.progress = null
    this.validation = []
    this.diagnosis = null
    this.looks = []
    this.checkpointStatus = ''
    this.latents.clear()
    this.hasModel = false
    this.modelVersion += 1
    this.runValues = null
    this.#runSize = null
    this.#epochEnds = []
    this.runs.end()
    for (const forget of this.onforget) forget()
    this.keep.end()
  }

  /** The run that begins takes its place beside those before. */
  #keepRun(): void {
    if (this.summary && this.runValues) this.runs.begin(this.summary, this.device?.name ?? '', this.runValues)
  }

  async #begin(wish: { command: 'start' } | { command: 'step'; count: number }): Promise<void> {
    // A choice that waits for a pause in typing belongs to this run.
    await this.reading.settled()
    await this.configure()
    const values = this.values
    if (this.state !== 'empty') {
      this.#forgetRun()
      this.runValues = values
      void this.#sizeOf(values).then((size) => {
        if (this.runValues === values) this.#runSize = size
      })
      this.#keepRun()
      this.keep.begin()
    }
    await this.session.request<'done'>(wish)
  }

  #drawCharts(): void {
    clearTimeout(this.#chartTimer)
    this.#chartTimer = undefined
    if (this.progress) this.losses = this.#history.table()
  }

  /** After a pause in typing: the address follows, and the worker says whether the values will do. */
  #settle(): void {
    clearTimeout(this.#settleTimer)
    this.#settleTimer = setTimeout(() => void this.configure().catch(() => {}), SETTLE_MILLISECONDS)
  }

  /** The same for what the worker need not be told here. */
  settleAddress(): void {
    clearTimeout(this.#hashTimer)
    this.#hashTimer = setTimeout(() => this.#writeHash(), SETTLE_MILLISECONDS)
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
    if (!sameChoices(found.choices, this.reading.choices)) this.reading.setChoices(found.choices)
    if (found.otherVersion) this.tell('note', text.messages.newerHash(found.version))
    if (found.unknown.length > 0) this.tell('note', text.messages.badHash(found.unknown.join(', ')))
    void this.configure().catch(() => {})
  }
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))
