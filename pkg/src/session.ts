// The page's end of the protocol: starts the worker, matches answers to requests, passes events on.
//
// In: commands. Out: a promise of the answer to each, and every event to whoever subscribed. A worker that
// fails is replaced, so that the page stays usable.

import { held } from './held'
import type {
  Answer,
  AnswerTo,
  Command,
  DeviceKind,
  DeviceWish,
  FromWorker,
  GpuFailure,
  RunFault,
  StartFault,
  ThreadsWish,
  Told,
  ToWorker,
} from './protocol'
import { faultPorts } from './threads'
import { unpackAll, UnpackError, type UnpackFault } from './unpack'

/** Something that the worker could not do; `message` is a sentence for people. */
export class SessionError extends Error {
  override name = 'SessionError'
}

interface Waiting {
  resolve: (answer: Answer) => void
  reject: (error: SessionError) => void
}

/** Sentences for what can go wrong with a worker. */
export type SessionWords = Record<StartFault | 'gone', string> & {
  /** Why a file was not unpacked. */
  unpack: Record<UnpackFault, (file: string) => string>
}

export class Session {
  #worker: Worker | null = null
  #next = 1
  #waiting = new Map<number, Waiting>()
  #listeners = new Set<(event: Told) => void>()
  #ready = deferred()
  #kind: DeviceKind = 'cpu'
  #adapter = ''
  /** How often a worker on a GPU broke off. */
  #gpuFailures = 0
  /** The GPU that computed something else than the CPU. */
  #wrong: GpuFailure | null = null
  /** Ends the unpacking of files that are about to be loaded. */
  #unpacking: AbortController | null = null

  /** `words` is asked for whenever something is said, since the language may change. */
  constructor(
    private readonly wish: DeviceWish,
    private readonly newWorker: () => Worker,
    private readonly words: () => SessionWords,
    private readonly threads: ThreadsWish = null,
  ) {}

  subscribe(listener: (event: Told) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Starts a fresh worker in place of the present one. */
  start(gpuFailure: GpuFailure | null = null): void {
    this.#drop()
    let worker: Worker
    try {
      worker = this.newWorker()
    } catch (error) {
      this.#emit({ event: 'crashed', fault: 'noWorker', detail: String(error), started: false })
      return
    }
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (worker === this.#worker) this.#receive(data)
    })
    worker.addEventListener('error', (event) => {
      if (worker !== this.#worker) return
      event.preventDefault()
      this.#receive({ event: 'crashed', fault: 'noWorker', detail: event.message ?? '', started: false })
    })
    this.#worker = worker
    const faults = faultPorts((event) => {
      if (worker === this.#worker) this.#receive(event)
    })
    worker.postMessage({ boot: { wish: this.wish, gpu_failure: gpuFailure, threads: this.threads, faults } } satisfies ToWorker, faults)
  }

  /** Has the worker try to send a word elsewhere; the event `attempted` tells what became of it. */
  attemptElsewhere(): void {
    this.#post({ attempt: ['fetch', 'socket'] })
  }

  /** Ends the worker. What waits for an answer is told that there will be none. */
  end(): void {
    this.#drop()
    this.#ready.reject(new SessionError(this.words().gone))
  }

  /** Resolves when the worker takes commands. */
  ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Resolves with the answer; rejects with a sentence. Waits for the worker if it still starts. */
  async request<Asked extends Command>(command: Asked): Promise<AnswerTo<Asked['command']>> {
    await this.#ready.promise
    if (command.command === 'cancel_loading') this.#unpacking?.abort()
    const sent = command.command === 'load_files' ? { ...command, files: await this.#unpacked(command.files) } : command
    const bytes = sent.command === 'load_files' ? await held(sent.files) : null
    const id = this.#next++
    return new Promise((resolve, reject) => {
      // The Rust side answers each command by the answer of its name, or by `done`.
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as AnswerTo<Asked['command']>), reject })
      if (bytes) this.#post({ id, command: { ...sent, files: [] } as Command, held: bytes })
      else this.#post({ id, command: sent })
    })
  }

  /** The files of a load as the worker can read them. */
  async #unpacked(files: readonly File[]): Promise<File[]> {
    const unpacking = new AbortController()
    this.#unpacking = unpacking
    try {
      const tell = (done: number, total: number) => this.#emit({ event: 'load_progress', bytes_done: done, bytes_total: total })
      return await unpackAll(files, tell, unpacking.signal)
    } catch (error) {
      throw new SessionError(error instanceof UnpackError ? this.words().unpack[error.fault](error.file) : this.words().starting)
    } finally {
      this.#unpacking = null
    }
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  #receive(event: FromWorker): void {
    if (event.event === 'hello') this.#ready.resolve()
    if (event.event === 'device') {
      this.#kind = event.kind
      this.#adapter = event.adapter
    }
    if (event.event === 'gpu_failed') {
      this.start({ because: 'failed', detail: event.message })
      return
    }
    if (event.event === 'answered' || event.event === 'refused') {
      const waiting = this.#waiting.get(event.id)
      this.#waiting.delete(event.id)
      if (event.event === 'answered') waiting?.resolve(event.answer)
      else waiting?.reject(new SessionError(event.message))
      return
    }
    this.#emit(event)
    if (event.event === 'crashed') {
      if (event.started) {
        if (this.#kind === 'gpu') this.#gpuFailures += 1
        this.start(this.#failure(event.fault, event.detail))
      } else this.#ready.reject(new SessionError(this.words()[event.fault]))
    }
  }

  /** Why the next worker leaves the GPU alone: it computed something else than the CPU, or failed twice. */
  #failure(fault: RunFault, detail: string): GpuFailure | null {
    if (fault === 'deviceWrong') this.#wrong = { because: 'wrong', adapter: this.#adapter, detail }
    return this.#wrong ?? (this.#gpuFailures > 1 ? { because: 'failedTwice', detail } : null)
  }

  #emit(event: Told): void {
    for (const listener of this.#listeners) listener(event)
  }

  #drop(): void {
    if (!this.#worker) return
    this.#worker.terminate()
    this.#worker = null
    this.#ready = deferred()
    for (const { reject } of this.#waiting.values()) reject(new SessionError(this.words().gone))
    this.#waiting.clear()
  }
}

/** A promise with its handles. Nobody need await it: a rejection without a listener is no error of its own. */
function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: SessionError) => void } {
  let resolve: () => void = () => {}
  let reject: (error: SessionError) => void = () => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
