// What a run with the form's values will take on this machine, and how quick the machine is.

import type { DeviceKind, RunSize } from '../../pkg/src/protocol'
import type { Session } from '../../pkg/src/session'
import { keepRate, type Rate, readRate, secondsOf } from './estimate'
import type { Form } from './form.svelte'
import { type Flat, unflatten } from './settings'

interface Surroundings {
  session: Session
  form: Form
  /** Whether there is data to train on. */
  loaded: () => boolean
  busy: () => boolean
  device: () => DeviceKind | undefined
}

export class RunRate {
  /** What a run with the form's values would take; null if nothing is loaded or they will not do. */
  size = $state.raw<RunSize | null>(null)
  /** How quick this machine was when it was measured last. */
  rate = $state.raw<Rate | null>(null)

  readonly #around: Surroundings
  /** What the run under way takes, and how long its epochs took so far. */
  #runSize: RunSize | null = null
  #epochEnds: number[] = []

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** Seconds that a run with the form's values would take; null if that cannot be told. */
  get seconds(): number | null {
    const epochs = Number(this.#around.form.values['training.epochs'] ?? 0)
    return this.size && this.rate ? secondsOf(this.size, epochs, this.rate) : null
  }

  read(kind: DeviceKind): void {
    this.rate = readRate(kind)
  }

  /** What the form's values would take. */
  async estimate(): Promise<void> {
    const { form, session, loaded, busy, device } = this.#around
    if (!form.standard || !loaded() || form.problem) return
    const { values } = form
    const size = await this.#sizeOf(values)
    if (values !== form.values) return
    this.size = size
    // A GPU is slow at its first steps, when it compiles; how quick it is the first run tells.
    if (!size || this.rate || busy() || device() !== 'cpu') return
    try {
      const { step_work, step_seconds } = await session.request({ command: 'probe' })
      if (!this.rate) this.#note({ work: step_work / step_seconds, from: 'probe' })
    } catch {
      // A run has begun meanwhile, which tells the same, and better.
    }
  }

  /** A run with these values begins; `still` tells whether it is still that one. */
  begin(values: Flat, still: () => boolean): void {
    void this.#sizeOf(values).then((size) => {
      if (still()) this.#runSize = size
    })
  }

  forget(): void {
    this.#runSize = null
    this.#epochEnds = []
  }

  /** The pace was changed, so that what was measured so far says nothing. */
  restart(): void {
    this.#epochEnds = []
  }

  /** An epoch is over, so many seconds after the run began; the first one is left out, which also starts everything. */
  epoch(seconds: number): void {
    this.#epochEnds.push(seconds)
    const [first] = this.#epochEnds
    const last = this.#epochEnds.at(-1)
    const epochs = this.#epochEnds.length - 1
    if (!this.#runSize || first === undefined || last === undefined || epochs < 1 || last <= first) return
    this.#note({ work: (this.#runSize.epoch_work * epochs) / (last - first), from: 'run' })
  }

  /** What a run with these values would take; null if it would be refused, which the form says in its own place. */
  async #sizeOf(values: Flat): Promise<RunSize | null> {
    const { form, session } = this.#around
    if (!form.standard) return null
    try {
      const config = unflatten(form.standard, values)
      return (await session.request({ command: 'estimate', config })).size
    } catch {
      return null
    }
  }

  #note(rate: Rate): void {
    const kind = this.#around.device()
    if (!kind || !(rate.work > 0) || !Number.isFinite(rate.work)) return
    this.rate = rate
    keepRate(kind === 'gpu' ? 'gpu' : 'cpu', rate)
  }
}
