// Keeps the run on this machine while it goes on, so that neither a reload nor a crash loses it.
//
// In: moments at which there is something to save. Out: files in the browser's storage (`store.ts`, `packed.ts`), what was kept by earlier
// visits, and words on how it stands. Saving never stops a run: what goes wrong is a state to be shown. The run waits while its
// checkpoint is made, so that is spaced out until it takes no more than a twentieth of the time.

import type { LossSnapshot } from '../../../pkg/src/history'
import type { RunRecord } from '../../shell/runs.svelte'
import type { Session } from '../../../pkg/src/session'
import { newIdentity } from '../../shell/identity'
import type { Source } from '../../shell/source'
import { type KeptRun, type KeptSource, pack, unpack } from './packed'
import { isFull, openStore, type Store } from './store'

/** What the page knows of the run under way. */
export interface Present {
  source: Source
  data: KeptRun['data']
  epochs: number
  over: boolean
  losses: LossSnapshot
  run: RunRecord | null
}

export interface Found {
  kept: KeptRun
  archive: Blob
}

interface Surroundings {
  session: Session
  present: () => Present | null
  running: () => boolean
}

/** Runs that are kept; the oldest goes for a new one. */
const MOST_RUNS = 3
/** A log beyond it is not copied: the visitor has it, and twice is much. */
const MOST_LOG_BYTES = 256 << 20
/** Share of the time that making checkpoints may take. */
const SHARE = 0.05
/** Within a long epoch. */
const WITHIN_EPOCH_MILLISECONDS = 30_000
const LOOK_MILLISECONDS = 10_000
/** Steps that are taken one by one are kept when there is a pause. */
const HALT_MILLISECONDS = 1_500
const RUN = '.run'
const LOG = '.log'
const TAB_LOCK = 'contrastvae-tab-'
const SETTING = 'contrastvae.keep'

export class Keep {
  /** Whether runs are kept at all: the visitor's choice. */
  wanted = $state(isWanted())
  /** Kept runs that nobody works on, the newest first. */
  offers = $state.raw<readonly KeptRun[]>([])
  /** How the run under way was saved last. */
  saved = $state.raw<KeptRun | null>(null)
  /** Why it was not: no room, no storage at all, or in the words of whoever refused. */
  problem = $state.raw<{ kind: 'full' | 'none' | 'other'; detail: string } | null>(null)
  /** Seconds between two checkpoints where not every epoch gets one. */
  everySeconds = $state<number | null>(null)
  /** Whether the browser promised not to clear the storage by itself; null where it gives no such promise. */
  persistent = $state<boolean | null>(null)
  /** Whether the browser offers this page any storage; null before that is known. */
  offered = $state<boolean | null>(null)

  /** Whether the browser was asked for that promise in this visit and did not give it. */
  refused = $state(false)

  /** The latest checkpoint of the run under way, in memory, for when the worker fails. */
  last: Found | null = null

  readonly #around: Surroundings
  readonly #store: Promise<Store | null>
  readonly #tab: string = newIdentity()
  #id = $state<string | null>(null)
  #saving = false
  #again: 'no' | 'when due' | 'at once' = 'no'
  #notBefore = 0
  #savedAt = 0
  #haltTimer: ReturnType<typeof setTimeout> | undefined
  /** Copies of logs that were made in this visit, by their list of files. */
  #copies = new WeakMap<File[], string[]>()

  constructor(around: Surroundings) {
    this.#around = around
    this.#store = openStore()
    void this.#store.then((store) => (this.offered = store !== null))
    // Held as long as this tab lives, so that others leave its run alone.
    if ('locks' in navigator) void navigator.locks.request(TAB_LOCK + this.#tab, () => new Promise(() => {})).catch(() => {})
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.due('hidden')
    })
    addEventListener('pagehide', () => this.due('hidden'))
    setInterval(() => {
      if (around.running() && performance.now() - this.#savedAt > WITHIN_EPOCH_MILLISECONDS) this.due('time')
    }, LOOK_MILLISECONDS)
    void this.#refresh()
    void persistence('persisted').then((promised) => (this.persistent = promised))
  }

  /** Where the run under way is kept; null where there is none. */
  get id(): string | null {
    return this.#id
  }

  /** A run begins, or goes on where an earlier one was kept. */
  begin(found: Found | null = null): void {
    clearTimeout(this.#haltTimer)
    this.#id = found?.kept.id ?? newIdentity()
    this.last = found
    this.saved = this.wanted && found ? found.kept : null
    this.problem = null
    this.everySeconds = null
    this.#notBefore = 0
    this.#savedAt = performance.now()
    this.offers = this.offers.filter(({ id }) => id !== this.#id)
  }

  /** There is no run any more. What was kept of it is offered. */
  end(): void {
    clearTimeout(this.#haltTimer)
    if (!this.#id) return
    this.#id = null
    this.last = null
    this.saved = null
    this.problem = null
    void this.#refresh()
  }

  /** There may be something to save. */
  due(moment: 'epoch' | 'time' | 'halt' | 'end' | 'hidden'): void {
    clearTimeout(this.#haltTimer)
    if (!this.#id) return
    const atOnce = moment === 'end' || moment === 'hidden'
    if (this.#saving) {
      if (this.#again !== 'at once') this.#again = atOnce ? 'at once' : 'when due'
    } else if (moment === 'halt') {
      this.#haltTimer = setTimeout(() => void this.#save(), HALT_MILLISECONDS)
    } else if (atOnce || performance.now() >= this.#notBefore) {
      void this.#save()
    } else if (moment === 'epoch') {
      this.everySeconds = this.#pause
    }
  }

  /** Saves the run as it stands; resolves once that is written or has failed. */
  async flush(): Promise<void> {
    this.due('hidden')
    while (this.#saving) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** A kept run with its checkpoint; null where it is not there any more. */
  async open(id: string): Promise<Found | null> {
    const file = await (await this.#store)?.read(id + RUN)
    return file ? unpack(file) : null
  }

  /** The log of a kept run; empty where it was not copied. */
  async filesOf({ source }: KeptRun): Promise<File[]> {
    if (source.kind === 'example') return []
    const store = await this.#store
    const files: File[] = []
    for (const [at, name] of source.stored.entries()) {
      const copy = await store?.read(name)
      if (!copy) return []
      files.push(new File([copy], source.names[at] ?? name))
    }
    this.#copies.set(files, source.stored)
    return files
  }

  /** Asks the browser not to clear the storage by itself. Only when a person says so: some ask back, in the middle of what one does. */
  async askToStay(): Promise<void> {
    this.persistent = (await persistence('persist')) ?? this.persistent
    this.refused = this.persistent === false
  }

  async forget(id: string): Promise<void> {
    const store = await this.#store
    await store?.remove(id + RUN)
    if (this.saved?.id === id) this.saved = null
    await this.#refresh()
  }

  /** Whether runs are kept; without, what was kept is gone. */
  async want(wanted: boolean): Promise<void> {
    this.wanted = wanted
    try {
      localStorage.setItem(SETTING, wanted ? 'yes' : 'no')
    } catch {
      // The choice holds for this visit.
    }
    if (wanted) return this.due('end')
    this.saved = null
    this.#copies = new WeakMap()
    for (const { id } of await this.#keptRuns()) await this.forget(id)
    await this.#refresh()
  }

  // How

  #pause = 0

  async #save(): Promise<void> {
    const id = this.#id
    if (!id || this.#saving) return
    this.#saving = true
    try {
      const { epoch, step, seconds, bytes } = await this.#around.session.request({ command: 'checkpoint' })
      const present = this.#around.present()
      if (!present || id !== this.#id) return
      this.#savedAt = performance.now()
      this.#pause = seconds / SHARE
      this.#notBefore = this.#savedAt + this.#pause * 1000
      const { source, ...rest } = present
      const kept: KeptRun = {
        id,
        tab: this.#tab,
        savedAt: Date.now(),
        ...rest,
        source: described(source),
        epoch,
        step,
        bytes: bytes.length,
      }
      this.last = { kept, archive: new Blob([bytes as Uint8Array<ArrayBuffer>]) }
      if (this.wanted) await this.#write(kept, bytes, source)
    } catch (error) {
      // A worker that is gone has been told of already, and so has a run that took the place of this one.
      if (id === this.#id) this.problem = { kind: 'other', detail: error instanceof Error ? error.message : String(error) }
    } finally {
      this.#saving = false
      const again = this.#again
      this.#again = 'no'
      if (again === 'at once' || (again === 'when due' && performance.now() >= this.#notBefore)) void this.#save()
    }
  }

  async #write(kept: KeptRun, archive: Uint8Array, source: Source): Promise<void> {
    const store = await this.#store
    if (!store) {
      this.problem = { kind: 'none', detail: '' }
      return
    }
    try {
      if (kept.source.kind === 'file') kept.source.stored = await this.#copyOf(source, store)
      await this.#prune(store, MOST_RUNS - 1)
      const file = pack({ ...kept }, archive)
      try {
        await store.write(kept.id + RUN, file)
      } catch (error) {
        if (!isFull(error)) throw error
        // Earlier runs make room for the one under way.
        await this.#prune(store, 0)
        await store.write(kept.id + RUN, file)
      }
      // The choice may have changed, and the run too.
      if (!this.wanted) return await this.forget(kept.id)
      if (kept.id === this.#id) {
        this.saved = kept
        this.problem = null
      }
    } catch (error) {
      if (kept.id === this.#id) this.problem = { kind: isFull(error) ? 'full' : 'other', detail: String(error) }
    }
  }

  /** Copies a log once, so that it is there after a reload. Without room for it the run is kept alone. */
  async #copyOf({ files }: Source, store: Store): Promise<string[]> {
    const done = this.#copies.get(files)
    if (done) return done
    const names: string[] = []
    if (sizeOf(files) <= MOST_LOG_BYTES) {
      try {
        for (const file of files) {
          const name = `${this.#tab}.${newIdentity()}${LOG}`
          names.push(name)
          await store.write(name, file)
        }
      } catch {
        for (const name of names) await store.remove(name).catch(() => {})
        names.length = 0
      }
    }
    this.#copies.set(files, names)
    return names
  }

  /** Removes all but so many of the other runs, and the logs that no run needs. */
  async #prune(store: Store, most: number): Promise<void> {
    const all = await this.#keptRuns()
    const others = all.filter(({ id }) => id !== this.#id)
    const going = others.slice(most)
    for (const { id } of going) await store.remove(id + RUN)
    const gone = new Set(going.map(({ id }) => id))
    this.offers = this.offers.filter(({ id }) => !gone.has(id))
    await this.#pruneLogs(
      store,
      all.filter(({ id }) => !gone.has(id)),
    )
  }

  async #pruneLogs(store: Store, kept: readonly KeptRun[]): Promise<void> {
    const present = this.wanted ? this.#around.present()?.source.files : undefined
    const needed = new Set([...kept.flatMap(storedOf), ...((present && this.#copies.get(present)) ?? [])])
    const alive = await liveTabs()
    for (const name of await store.list()) {
      const tab = name.split('.')[0] ?? ''
      // Another tab may be about to keep the run that belongs to it.
      const others = tab !== this.#tab && alive.has(tab)
      if (name.endsWith(LOG) && !needed.has(name) && !others) await store.remove(name)
    }
  }

  /** All kept runs but those of other tabs at work, the newest first. What cannot be read is removed. */
  async #keptRuns(): Promise<KeptRun[]> {
    const store = await this.#store
    if (!store) return []
    const runs: KeptRun[] = []
    const alive = await liveTabs()
    for (const name of await store.list()) {
      if (!name.endsWith(RUN)) continue
      const file = await store.read(name)
      const found = file && (await unpack(file))
      // Another tab may be writing it at this moment, and only its owner knows that it is not damaged.
      if (!found) {
        if (alive.size <= 1) await store.remove(name)
      } else if (found.kept.tab === this.#tab || !alive.has(found.kept.tab)) {
        runs.push(found.kept)
      }
    }
    return runs.sort((one, other) => other.savedAt - one.savedAt)
  }

  async #refresh(): Promise<void> {
    try {
      const runs = await this.#keptRuns()
      this.offers = runs.filter(({ id }) => id !== this.#id)
      const store = await this.#store
      if (store) await this.#pruneLogs(store, runs)
    } catch {
      // What cannot be read cannot be offered.
      this.offers = []
    }
  }
}

/** Whether the storage stays until the visitor clears it, as it stands or after the browser was asked for it; null where it knows neither. */
async function persistence(question: 'persisted' | 'persist'): Promise<boolean | null> {
  try {
    return (await navigator.storage?.[question]?.()) ?? null
  } catch {
    return null
  }
}

const sizeOf = (files: readonly File[]) => files.reduce((sum, { size }) => sum + size, 0)

const storedOf = ({ source }: KeptRun): string[] => (source.kind === 'file' ? source.stored : [])

function described({ kind, example, files, options }: Source): KeptSource {
  return kind === 'example'
    ? { kind, example, options }
    : { kind, names: files.map(({ name }) => name), stored: [], bytes: sizeOf(files), options }
}

/** Tabs of this page that are open. */
async function liveTabs(): Promise<Set<string>> {
  if (!('locks' in navigator)) return new Set()
  const { held = [] } = await navigator.locks.query()
  return new Set(held.flatMap(({ name }) => (name?.startsWith(TAB_LOCK) ? [name.slice(TAB_LOCK.length)] : [])))
}

function isWanted(): boolean {
  // For demonstrations and measurements: nothing is kept, whatever the choice.
  if (new URLSearchParams(location.search).get('keep') === 'no') return false
  try {
    return localStorage.getItem(SETTING) !== 'no'
  } catch {
    return true
  }
}
