// The page's end of the protocol: starts the worker, matches answers to requests, passes events on.
//
// In: commands without their request number. Out: a promise for each, and every event to whoever subscribed. A worker that
// fails is replaced, so that the page stays usable.

import type {
  Command,
  DeviceKind,
  DeviceWish,
  Event,
  FromWorker,
  GpuFailure,
  HostEvent,
  StartFault,
  ThreadsWish,
  ToWorker,
} from './protocol'
import { faultPorts } from './threads'

/** A command without the number that this module gives it. */
export type Wish = Command extends infer One ? (One extends Command ? Omit<One, 'request'> : never) : never

/** Something that the worker could not do; `message` is a sentence for people. */
export class SessionError extends Error {
  override name = 'SessionError'
}

interface Waiting {
  answers: readonly Event['event'][]
  resolve: (event: Event) => void
  reject: (error: SessionError) => void
}

/** Which event answers which command. */
const ANSWERS: Record<Command['command'], readonly Event['event'][]> = {
  load_example: ['loaded'],
  load_files: ['loaded'],
  reload: ['loaded'],
  cancel_loading: ['done'],
  configure: ['configured'],
  estimate: ['estimated'],
  probe: ['probed'],
  rest: ['done'],
  baselines: ['baselines'],
  cancel_baselines: ['done'],
  compare: ['compared'],
  estimate_comparison: ['comparison_estimated'],
  cancel_comparison: ['done'],
  test: ['tested'],
  start: ['done'],
  pause: ['done'],
  resume: ['done'],
  step: ['done'],
  stop: ['done'],
  recommend: ['recommendations'],
  latents: ['latents'],
  vectors: ['vectors'],
  posterior: ['posterior'],
  pin: ['pinned'],
  unpin: ['done'],
  checkpoint: ['checkpoint'],
  clean: ['cleaned'],
  restore: ['done'],
}

/** Sentences for what can go wrong with a worker. */
export type SessionWords = Record<StartFault | 'gone', string>

export class Session {
  #worker: Worker | null = null
  #next = 1
  #waiting = new Map<number, Waiting>()
  #listeners = new Set<(event: FromWorker) => void>()
  #ready = deferred()
  #kind: DeviceKind = 'cpu'
  /** How often a worker on a GPU broke off. */
  #gpuFailures = 0

  /** `words` is asked for whenever something is said, since the language may change. */
  constructor(
    private readonly wish: DeviceWish,
    private readonly newWorker: () => Worker,
    private readonly words: () => SessionWords,
    private readonly threads: ThreadsWish = null,
  ) {}

  subscribe(listener: (event: FromWorker) => void): () => void {
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

  /** Resolves with the event that answers; rejects with a sentence. Waits for the worker where it still starts. */
  async request<Answer extends Event['event']>(wish: Wish): Promise<Extract<Event, { event: Answer }>> {
    await this.#ready.promise
    const request = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, {
        answers: ANSWERS[wish.command],
        resolve: (event) => resolve(event as Extract<Event, { event: Answer }>),
        reject,
      })
      this.#post({ ...wish, request } as Command)
    })
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  #receive(event: FromWorker): void {
    if (event.event === 'hello') this.#ready.resolve()
    if (event.event === 'device') this.#kind = event.kind
    if (event.event === 'gpu_failed') {
      this.start({ because: 'failed', detail: event.message })
      return
    }
    const waiting = 'request' in event && event.request != null ? this.#waiting.get(event.request) : undefined
    if (waiting && event.event === 'failed') {
      this.#waiting.delete(event.request as number)
      waiting.reject(new SessionError(event.message))
      return
    }
    // Listeners come first, so that who awaits an answer finds the page's state up to date.
    this.#emit(event)
    if (waiting && 'request' in event && waiting.answers.includes(event.event as Event['event'])) {
      this.#waiting.delete(event.request as number)
      waiting.resolve(event as Event)
    }
    if (event.event === 'crashed') {
      if (event.started) {
        if (this.#kind === 'gpu') this.#gpuFailures += 1
        // A GPU that failed twice is left alone.
        this.start(this.#gpuFailures > 1 ? { because: 'failedTwice', detail: event.detail } : null)
      } else this.#ready.reject(new SessionError(this.words()[event.fault]))
    }
  }

  #emit(event: FromWorker | HostEvent): void {
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
