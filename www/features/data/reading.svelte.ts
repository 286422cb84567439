// What is loaded and how it was read: the files, how they are understood, what is left out and held back.
//
// In: choices and corrections of a person or a script, and the worker's preview and progress. Out: commands to the worker, one
// at a time, and what the data panel shows. A correction is a wish; where several come before the first is fulfilled, the last
// one wins. What was loaded before stays until something else is there.

import { type Choices, type Kind, toOptions, USUAL, withOptions } from './choices'
import type { Source } from '../../shell/source'
import { fetchSet, type LocalSet, UnreachableSet } from './local-data'
import { missingRoles } from './mapping'
import { Bytes } from './bytes.svelte'
import type { Effect, Where } from './reading-states'
import { Shown } from './shown.svelte'
import type { Applied, Subject, Surroundings, Understood } from './subject'
import { isApplied, loadOf, mappingKey, ofExample, ofFiles, understood } from './subject'
import type { Example, Mapping, Preview, ReadOptions, Summary } from '../../../pkg/src/protocol'
import { SessionError } from '../../../pkg/src/session'
import { text } from '../../shell/text'

export type { Effect, Loading, Where } from './reading-states'

/** Long enough to step through a list with the arrow keys. */
const SETTLE_MILLISECONDS = 450

export class Reading {
  choices = $state.raw<Choices>(USUAL)
  /** What is loaded, or was chosen and waits for a correction. */
  kind = $state<Kind>('file')
  readonly #bytes = new Bytes()
  readonly loading = $derived(this.#bytes.loading)
  /** What is loaded is made anew, without reading. */
  applying = $state(false)
  readonly shown = new Shown()
  /** Why a file that was chosen is not loaded, while it can still be corrected. */
  failed = $state<string | null>(null)
  /** Why the last change came to nothing. */
  problem = $state.raw<{ where: Where; words: string } | null>(null)
  /** Where a change waits for leave to drop the run. */
  held = $state<Where | null>(null)
  effect = $state.raw<Effect | null>(null)
  /** Whether the load under way is one that a person began, not a correction. */
  fresh = $state(false)

  #around: Surroundings
  #loaded: Subject | null = null
  #loadedPreview: Preview | null = null
  /** A file that was chosen but could not be loaded as it was understood. */
  #candidate: Subject | null = null
  /** What the worker reads at present. */
  #current: Subject | null = null
  #applied: Applied = { choices: USUAL, mapping: '' }
  /** After a failed load the worker may hold that file; then what is loaded cannot be asked for by `reload`. */
  #unsure = false
  #flight: Promise<unknown> | null = null
  #again: Where | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #due: Where | null = null
  #previewed = false
  #cancelled = false
  #fetching: AbortController | null = null
  #borrows = false
  /** The person's choices, while those of a kept run are in their place. */
  #ownChoices: Choices | null = null

  constructor(around: Surroundings) {
    this.#around = around
  }

  // Loading

  async loadExample(example: Partial<Example>, options: ReadOptions): Promise<Summary> {
    return this.#load(ofExample(text.data.exampleName, example), options)
  }

  async loadFiles(files: File[], options: ReadOptions): Promise<Summary> {
    return this.#load(ofFiles(files, options), options)
  }

  async loadSet(set: LocalSet): Promise<Summary> {
    this.#around.begins()
    const fetching = new AbortController()
    this.#fetching = fetching
    this.fresh = true
    this.#cancelled = false
    this.#bytes.begin(set.name, 'fetching')
    try {
      const files = await fetchSet(set, fetching.signal, (done, total) => this.#bytes.advance(done, total))
      return await this.loadFiles(files, {})
    } catch (error) {
      if (fetching.signal.aborted) throw new SessionError(text.data.cancelled)
      if (error instanceof UnreachableSet) throw new SessionError(text.crash.download(error.address, error.status))
      throw error instanceof TypeError ? new SessionError(text.data.unreachable(set.name)) : error
    } finally {
      this.#fetching = null
      this.#bytes.end()
      this.fresh = false
    }
  }

  async cancel(): Promise<void> {
    this.#cancelled = true
    if (this.#fetching && this.loading?.stage === 'fetching') this.#fetching.abort()
    else await this.#around.session.request({ command: 'cancel_loading' })
  }

  /** Forgets the file that could not be loaded; what was loaded before is there as before. */
  giveUp(): void {
    if (!this.#candidate) return
    this.#forgetWishes()
    this.#candidate = null
    this.failed = null
    this.shown.show(this.#loadedPreview)
    this.kind = this.#loaded?.kind ?? 'file'
    this.shown.open = false
  }

  // Choices and corrections

  /** What is loaded next comes with choices of its own, which are not those of what comes after it. */
  borrow(): void {
    this.#borrows = true
  }

  setChoices(choices: Partial<Choices>): void {
    this.#ownChoices = null
    this.choices = { ...this.choices, ...choices }
    this.#around.changed()
    this.#wish('choices')
  }

  setMapping(mapping: Mapping): void {
    const subject = this.#subject()
    if (!subject) return
    this.shown.mapping = mapping
    // Without a user and an item there is nothing to try; the form says which of them is missing.
    if (missingRoles(mapping).length > 0) return
    subject.mapping = mapping
    this.#wish('mapping')
  }

  /** Takes another file of the archive, or finds out anew how the present one is to be understood. */
  setEntry(entry: string | null): void {
    this.#readAs({ entry })
  }

  /** Reads the text in another encoding, or finds it out anew. */
  setEncoding(encoding: string | null): void {
    this.#readAs({ encoding })
  }

  #readAs(part: Partial<Understood>): void {
    const subject = this.#subject()
    if (!subject) return
    Object.assign(subject, { ...part, mapping: null })
    this.#wish('mapping')
  }

  /** Names of the files that were opened together. */
  get files(): readonly string[] {
    return (this.#subject()?.files ?? []).map(({ name }) => name)
  }

  get encoding(): string | null {
    return this.#subject()?.encoding ?? null
  }

  get entry(): string | null {
    return this.#subject()?.entry ?? null
  }

  /** Whether what is loaded is the visitor's own: a file, or an example made with other numbers than the page's. */
  get own(): boolean {
    const loaded = this.#loaded
    return loaded !== null && (loaded.kind === 'file' || Object.keys(loaded.example).length > 0)
  }

  /** What is loaded and how it was read, so that it can be loaded again; null where nothing is. */
  get source(): Source | null {
    if (!this.#loaded) return null
    const { kind, files, example } = this.#loaded
    const { mapping, entry, encoding } = JSON.parse(this.#applied.mapping) as Understood
    const options: ReadOptions = { ...toOptions(this.#applied.choices, kind), ...understood({ mapping, entry, encoding }) }
    return { kind, files, example, options }
  }

  /** Applies the change that waits, and drops the run. */
  async confirm(): Promise<void> {
    const where = this.held
    if (where) await this.#apply(where, true)
  }

  /** Takes back the change that waits. */
  undo(): void {
    this.#forgetWishes()
    this.choices = this.#applied.choices
    const subject = this.#subject()
    if (subject && subject === this.#loaded) Object.assign(subject, JSON.parse(this.#applied.mapping) as Understood)
    this.shown.mapping = this.shown.preview?.mapping ?? null
    this.#around.changed()
  }

  /** For scripts: takes options, makes the data anew at once, whether there is a run or not. */
  async reload(options: ReadOptions): Promise<Summary> {
    await this.#flight
    this.#forgetWishes()
    const subject = this.#subject()
    if (!subject) throw new SessionError(text.data.nothingLoaded)
    this.#takeOptions(options, subject.kind)
    if (options.mapping) subject.mapping = options.mapping
    if (options.entry) Object.assign(subject, { entry: options.entry, mapping: options.mapping ?? null })
    const flight = this.#make(subject, options.mapping || options.entry ? 'mapping' : 'choices')
    this.#flight = flight.catch(() => {}).finally(() => (this.#flight = null))
    return flight
  }

  /** Resolves when no change is under way any more, and sees to those that wait for a pause in typing. */
  async settled(): Promise<void> {
    if (this.#due) {
      clearTimeout(this.#timer)
      await this.#apply(this.#due)
    }
    await this.#flight
  }

  // What the worker tells

  receivePreview(preview: Preview): void {
    this.#previewed = true
    this.shown.receive(preview, { corrected: this.#again === 'mapping' || this.#due === 'mapping', fresh: this.fresh })
  }

  receiveProgress(done: number, total: number): void {
    if (this.loading?.stage === 'reading') this.#bytes.advance(done, total)
  }

  receiveLoaded(): void {
    const subject = this.#current
    if (!subject) return
    this.#loaded = subject
    this.#candidate = null
    this.failed = null
    this.#unsure = false
    if (!this.#previewed && this.fresh) this.shown.show(null)
    this.#loadedPreview = this.shown.preview
    this.kind = subject.kind
  }

  /** The worker is gone, and with it all that was loaded. */
  reset(): void {
    this.#forgetWishes()
    this.#loaded = this.#candidate = null
    this.#loadedPreview = null
    this.shown.show(null)
    this.failed = null
    this.#bytes.end()
    this.kind = 'file'
  }

  // How

  #subject(): Subject | null {
    return this.#candidate ?? this.#loaded
  }

  #takeOptions(options: ReadOptions, kind: Kind): void {
    this.choices = withOptions(this.choices, options, kind)
    this.#around.changed()
  }

  #forgetWishes(): void {
    clearTimeout(this.#timer)
    this.#due = this.#again = this.held = this.problem = this.effect = null
  }

  /** Loads something else than what was loaded before. */
  async #load(subject: Subject, options: ReadOptions): Promise<Summary> {
    await this.#flight
    this.#forgetWishes()
    if (this.#ownChoices) this.choices = this.#ownChoices
    this.#ownChoices = this.#borrows ? this.choices : null
    this.#borrows = false
    this.#takeOptions(options, subject.kind)
    this.#around.begins()
    const before = { candidate: this.#candidate, preview: this.shown.preview, open: this.shown.open, failed: this.failed }
    this.#candidate = subject
    this.failed = null
    this.fresh = true
    const flight = this.#request(subject, true)
    this.#flight = flight.catch(() => {}).finally(() => (this.#flight = null))
    try {
      return await flight
    } catch (error) {
      if (!this.#cancelled) this.#unsure = true
      if (this.#previewed && !this.#cancelled) {
        this.failed = sentence(error)
        this.kind = subject.kind
        this.shown.open = true
      } else {
        this.#candidate = before.candidate
        this.failed = before.failed
        this.shown.open = before.open
        this.shown.show(before.preview)
      }
      throw error
    } finally {
      this.fresh = false
      this.#next()
    }
  }

  /** Notes a change; it is applied after a pause. */
  #wish(where: Where): void {
    clearTimeout(this.#timer)
    if (this.problem?.where === where) this.problem = null
    if (this.effect?.where === where) this.effect = null
    this.#due = where
    this.#timer = setTimeout(() => void this.#apply(where), SETTLE_MILLISECONDS)
  }

  async #apply(where: Where, mayDropRun = false): Promise<void> {
    this.#due = null
    const subject = this.#subject()
    if (!subject) return
    if (this.#flight) {
      this.#again = where
      // What is being read in a way that is not wanted any more need not be read to its end.
      if (where === 'mapping' && this.loading && !this.fresh) await this.cancel()
      return
    }
    if (subject === this.#loaded && !this.#unsure && isApplied(subject, this.choices, this.#applied)) {
      this.held = null
      return
    }
    if (this.#around.hasRun() && !mayDropRun) {
      this.held = where
      return
    }
    this.held = null
    this.#flight = this.#make(subject, where)
      .catch((error: unknown) => {
        // What was given up for a newer wish is nobody's problem.
        if (this.#again) return
        if (subject === this.#candidate) this.failed = sentence(error)
        else this.problem = { where, words: sentence(error) }
        if (where === 'mapping') this.shown.open = true
      })
      .finally(() => (this.#flight = null))
    await this.#flight
    this.#next()
  }

  /** Goes on with a wish that came while another was fulfilled. */
  #next(): void {
    const again = this.#again
    this.#again = null
    if (again) void this.#apply(again)
  }

  /** Makes the data anew of what it was made of. */
  async #make(subject: Subject, where: Where): Promise<Summary> {
    this.problem = null
    this.effect = null
    const counts = (summary: Summary) => ({ users: summary.users, items: summary.items, interactions: summary.interactions })
    const present = this.#around.summary()
    const before = present && subject === this.#loaded ? counts(present) : null
    const again = subject === this.#loaded && !this.#unsure && mappingKey(subject) === this.#applied.mapping
    const summary = await this.#request(subject, !again)
    this.effect = { where, before, after: counts(summary) }
    return summary
  }

  async #request(subject: Subject, reads: boolean): Promise<Summary> {
    const { choices } = this
    const options: ReadOptions = {
      ...toOptions(choices, subject.kind),
      ...understood(subject),
    }
    const mapping = mappingKey(subject)
    this.#current = subject
    this.#previewed = false
    if (reads) {
      this.#cancelled = false
      this.#bytes.begin(subject.name, 'reading')
    } else this.applying = true
    try {
      const again = subject === this.#loaded && !this.#unsure
      await this.#around.session.request(again ? { command: 'reload', options } : loadOf(subject, options))
      this.#applied = { choices, mapping }
      const summary = this.#around.summary()
      if (!summary) throw new SessionError(text.crash.gone)
      return summary
    } finally {
      this.#current = null
      this.#bytes.end()
      this.applying = false
    }
  }
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))
