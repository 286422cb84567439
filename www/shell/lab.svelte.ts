// The page's state, and everything that a person or a script can do with it.
//
// In: events of the session. Out: the parts that hold the state (form, run, rate, messages, recovery and those of the features), and the
// actions that concern several of them. Components hold no state of the run themselves, so any of them can be left out or shown twice.

import { Baselines } from './baselines.svelte'
import { type Catalogue, catalogueOf, type LoadedEvent } from './catalogue'
import { Checkpoints } from './checkpoints.svelte'
import { forgetRates } from './estimate'
import { Form } from './form.svelte'
import { Awake } from './awake'
import { type Found, Keep, type Present } from '../features/keep/keep.svelte'
import { forgetKept } from '../features/compare/store'
import type { KeptRun } from '../features/keep/packed'
import { type LocalSet, localSets } from '../features/data/local-data'
import { otherMaker } from './made-by'
import { Messages } from './messages.svelte'
import type {
  AnswerTo,
  Example,
  LatentKind,
  ModelChoice,
  ReadOptions,
  Recommendation,
  RunState,
  Summary,
  Told,
} from '../../pkg/src/protocol'
import { Offline } from '../features/offline/offline.svelte'
import { Question } from './question.svelte'
import { Privacy } from '../features/privacy/privacy.svelte'
import { RunRate } from './rate.svelte'
import { type Latents, Run, type Restored } from './run.svelte'
import { Runs } from './runs.svelte'
import { newWorker } from './new-worker'
import { receiver } from './receive'
import { Reading } from '../features/data/reading.svelte'
import { Recovery } from './recovery.svelte'
import { Session, SessionError } from '../../pkg/src/session'
import { type Flat, sameValues } from './settings'
import { Trainer } from '../../pkg/src/trainer'
import { readWish } from '../../pkg/src/device'
import { readThreads } from '../../pkg/src/threads'
import { inWords } from './device-words'
import { text } from './text'
import { forgetLanguage } from './text/language.svelte'

export type { Diagnosis, Latents, Progress } from './run.svelte'
export type { NamedPreset } from './form.svelte'
export type { Catalogue } from './catalogue'
export type Vectors = AnswerTo<'vectors'>
export type Posterior = AnswerTo<'posterior'>

export class Lab {
  #device = $state.raw<Extract<Told, { event: 'device' }> | null>(null)
  readonly device = $derived(this.#device && inWords(this.#device))
  download = $state.raw<{ done: number; total: number | null } | null>(null)
  version = $state('')

  summary = $state.raw<Summary | null>(null)
  catalogue = $state.raw<Catalogue | null>(null)
  /** Data sets that the site brings. */
  localSets = $state.raw<LocalSet[]>([])
  /** Milliseconds that the run rests after each step. */
  rest = $state(0)
  sequence = $state.raw<number[]>([])
  /** The model that is kept beside the run to compare with: of which run, and when. */
  pinned = $state.raw<{ name: string; epoch: number; step: number } | null>(null)

  readonly messageBoard = new Messages()
  readonly question = new Question()
  /** The runs of this visit, the present one among them. */
  readonly runs = new Runs()
  readonly run = new Run()

  readonly session = new Session(
    readWish(location.search),
    newWorker,
    () => text.crash,
    readThreads(location.search, navigator.hardwareConcurrency),
  )
  /** The client, which the npm package is too. */
  readonly client = new Trainer(this.session, () => text.client)
  /** What is loaded and how it was read. */
  readonly reading = new Reading({
    session: this.session,
    summary: () => this.summary,
    hasRun: () => this.run.values !== null,
    begins: () => this.messageBoard.clear(),
    changed: () => this.form.settleAddress(),
  })
  readonly form: Form = new Form({
    session: this.session,
    messages: this.messageBoard,
    choices: () => this.reading.choices,
    setChoices: (choices) => this.reading.setChoices(choices),
    taken: () => void this.runRate.estimate(),
    refused: () => (this.runRate.size = null),
  })
  readonly runRate: RunRate = new RunRate({
    session: this.session,
    form: this.form,
    loaded: () => this.summary !== null,
    busy: () => this.busy,
    device: () => this.#device?.kind,
  })
  /** What the baselines reach on the loaded data. */
  readonly baselines = new Baselines(this.session, () => this.summary)
  readonly checkpoints: Checkpoints = new Checkpoints({
    session: this.session,
    settled: () => this.reading.settled(),
    restored: () => this.keep.begin(),
    over: () => this.state === 'finished',
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
  readonly #recovery = new Recovery({
    messages: this.messageBoard,
    standing: () => ({
      source: this.reading.source,
      found: this.keep.last,
      wasRunning: this.state === 'running',
      kind: this.#device?.kind,
    }),
    device: () => this.#device?.kind,
    clear: () => this.#clear(),
    reload: ({ kind, example, files, options }) =>
      kind === 'example' ? this.loadExample(example, options) : this.loadFiles(files, options),
    goOn: (found) => this.#goOn(found),
    resume: () => this.resume(),
  })
  /** Callbacks that drop state tied to the current run. */
  readonly onforget = new Set<() => void>()
  #awake = new Awake()
  /** The kept run that the worker is about to take up. */
  #takingUp: KeptRun | null = null

  readonly dirty = $derived(this.run.values !== null && !sameValues(this.form.values, this.run.values))
  readonly busy = $derived(this.run.state === 'running' || this.run.state === 'paused')

  // The parts, as most of the page asks for them.
  readonly state = $derived(this.run.state)
  readonly progress = $derived(this.run.progress)
  readonly losses = $derived(this.run.losses)
  readonly validation = $derived(this.run.validation)
  readonly diagnosis = $derived(this.run.diagnosis)
  readonly latents = $derived(this.run.latents)
  readonly hasModel = $derived(this.run.hasModel)
  readonly runValues = $derived(this.run.values)
  readonly values = $derived(this.form.values)
  readonly defaults = $derived(this.form.defaults)
  readonly messages = $derived(this.messageBoard.list)
  readonly recovering = $derived(this.#recovery.underWay)
  readonly loading = $derived(this.reading.loading)

  // What a person does, where one part does it all.
  readonly setValues = (values: Flat): void => this.form.setValues(values)
  readonly takePreset = (name: string): boolean => this.form.takePreset(name)
  readonly attempt = (action: () => Promise<unknown>): Promise<void> => this.messageBoard.attempt(action)
  readonly dismiss = (id: number): void => this.messageBoard.dismiss(id)
  readonly pause = (): Promise<void> => this.client.pause()
  readonly resume = (): Promise<void> => this.client.resume()
  readonly stop = (): Promise<void> => this.client.stop()
  readonly snapshot = (what: LatentKind): Promise<Latents> => this.client.latents(what)

  constructor() {
    const { form, run, runs, runRate, reading, keep, messageBoard: messages, baselines } = this
    const receive = receiver({
      ...{ form, run, runs, runRate, reading, keep, messages, baselines },
      device: (event) => {
        this.#device = event
        this.download = null
      },
      download: (event) => (this.download = { done: event.bytes_done, total: event.bytes_total }),
      greeted: ({ version }) => this.#greeted(version),
      loaded: (event) => this.#loaded(event),
      changed: ({ state }) => this.#changed(state),
      restored: (event) => this.#restored(event),
      crashed: (event) => void this.#recovery.crashed(event),
      rests: () => this.rest > 0,
    })
    this.session.subscribe(receive)
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

  /** Whether what is about to be loaded may take the place of the run; asks the person if there is one. */
  mayDrop(): Promise<boolean> {
    if (!this.busy && !(this.state === 'finished' && this.hasModel)) return Promise.resolve(true)
    return this.question.ask(this.runs.nameOfPresent ?? text.runs.heading)
  }

  /** Slows the run down so that it can be followed, or not. */
  async setRest(milliseconds: number): Promise<void> {
    this.rest = milliseconds
    this.runRate.restart()
    await this.session.request({ command: 'rest', milliseconds })
  }

  /** Goes on with a run that was kept on this machine: loads its data and takes it up where it was saved. */
  async takeUp(id: string): Promise<void> {
    const found = await this.keep.open(id)
    if (!found) throw new SessionError(text.keep.gone)
    const { source } = found.kept
    if (source.kind === 'example') {
      this.reading.borrow()
      await this.loadExample(source.example, source.options)
    } else {
      const files = await this.keep.filesOf(found.kept)
      // A log without a copy must be opened by hand; that it is the right one is checked with the checkpoint.
      if (files.length > 0) {
        this.reading.borrow()
        await this.loadFiles(files, source.options)
      } else if (!this.summary) throw new SessionError(text.keep.openFirst(source.names.join(', ')))
    }
    await this.#goOn(found)
    if (this.state === 'paused' && !found.kept.over) await this.resume()
  }

  async start(): Promise<void> {
    await this.#begin({ command: 'start' })
  }

  async step(steps = 1): Promise<void> {
    if (this.busy) await this.session.request({ command: 'step', count: steps })
    else await this.#begin({ command: 'step', count: steps })
  }

  async recommend(history: readonly number[], k: number, model: ModelChoice = 'present'): Promise<Recommendation[]> {
    const answer = await this.session.request({ command: 'recommend', history: [...history], k, model })
    return answer.items
  }

  /** Where a history lies in the latent space. */
  posterior(history: readonly number[]): Promise<Posterior> {
    return this.session.request({ command: 'posterior', history: [...history] })
  }

  /** The latents themselves, of at most so many items or users, `views` with the two views of each user. */
  vectors(what: LatentKind, most: number, views: boolean): Promise<Vectors> {
    return this.session.request({ command: 'vectors', what, most, views })
  }

  /** Keeps the present model to compare with later ones. */
  async pin(): Promise<void> {
    const { step, epoch } = await this.session.request({ command: 'pin' })
    this.pinned = { name: this.runs.nameOfPresent ?? text.runs.heading, epoch, step }
  }

  async unpin(): Promise<void> {
    this.pinned = null
    await this.session.request({ command: 'unpin' })
  }

  // What the worker tells

  #greeted(version: string): void {
    // Who follows a link to cite should know where its numbers may differ.
    const maker = this.version ? null : otherMaker(location.search, version)
    if (maker !== null) this.messageBoard.tell('note', text.messages.otherMaker(maker, version))
    this.version = version
    if (this.rest > 0) void this.setRest(this.rest).catch(() => {})
  }

  #changed(state: RunState): void {
    this.#awake.set(state === 'running')
    if (state === 'paused') this.keep.due('halt')
    if (state === 'finished') this.#over()
  }

  #loaded(event: LoadedEvent): void {
    this.#forgetRun()
    this.reading.receiveLoaded()
    this.sequence = []
    this.pinned = null
    this.summary = event.summary
    // The worker says so itself a moment later; who awaits the load sees it already.
    this.run.changed('ready')
    this.catalogue = catalogueOf(event)
    this.baselines.forget()
    void this.runRate.estimate()
  }

  /** A run that began elsewhere: its settings, its curve as far as it was kept, and where it stands. */
  #restored(event: Restored): void {
    this.#forgetRun()
    const values = this.form.follow(event.config)
    const kept = this.#takingUp
    const whole = kept?.run ? kept.losses : null
    this.run.restored(event, values, whole)
    if (kept?.run) this.runs.takeUp(kept.run)
    else {
      this.#keepRun()
      this.runs.continued(this.validation)
    }
  }

  /** The worker is gone, and what it held. */
  #clear(): void {
    this.#forgetRun()
    this.reading.reset()
    this.run.changed('empty')
    this.summary = null
    this.catalogue = null
    this.sequence = []
    this.pinned = null
    this.runRate.size = null
    this.#awake.set(false)
  }

  /** The worker takes up a kept run, on hold, and the page its curves. */
  async #goOn(found: Found): Promise<void> {
    await this.reading.settled()
    this.#takingUp = found.kept
    try {
      const bytes = new Uint8Array(await found.archive.arrayBuffer())
      await this.session.request({ command: 'restore', bytes })
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
      losses: this.run.curve,
      run: this.runs.present,
    }
  }

  /** The run is over: it is kept as it is, and put to the test. */
  #over(): void {
    this.keep.due('end')
    const { present } = this.runs
    if (!present || this.validation.length === 0) return
    void this.session
      .request({ command: 'test' })
      .then(({ epoch, metrics }) => this.runs.tested(present.key, epoch, metrics))
      // Another run took its place; the table says that there is no test of this one.
      .catch(() => {})
  }

  #forgetRun(): void {
    this.run.forget()
    this.runRate.forget()
    this.checkpoints.status = ''
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
    await this.form.configure()
    const values = this.values
    if (this.state !== 'empty') {
      this.#forgetRun()
      this.run.values = values
      this.runRate.begin(values, () => this.runValues === values)
      this.#keepRun()
      this.keep.begin()
    }
    await this.session.request(wish)
  }
}
