// A worker that broke off: what was loaded and the run are set up again in a new one, from the latest checkpoint.

import type { DeviceKind, FromWorker } from '../../pkg/src/protocol'
import type { Found } from '../features/keep/keep.svelte'
import type { Messages } from './messages.svelte'
import type { Source } from './source'
import { text } from './text'

export type Crash = Extract<FromWorker, { event: 'crashed' }>

/** How the page stood when the worker broke off. */
export interface Standing {
  source: Source | null
  found: Found | null
  wasRunning: boolean
  kind: DeviceKind | undefined
}

interface Surroundings {
  messages: Messages
  standing: () => Standing
  device: () => DeviceKind | undefined
  /** Everything of the worker that is gone goes from the page. */
  clear: () => void
  reload: (source: Source) => Promise<unknown>
  /** The new worker takes up the run, on hold. */
  goOn: (found: Found) => Promise<void>
  resume: () => Promise<void>
}

export class Recovery {
  /** A worker that failed is being replaced. */
  underWay = $state(false)

  readonly #around: Surroundings
  /** The step at which the worker was set up again last. */
  #recoveredAt: { id: string; step: number; kind: DeviceKind | undefined } | null = null
  /** What is to be set up again since a worker broke off, until that is done. */
  #broken: Standing | null = null

  constructor(around: Surroundings) {
    this.#around = around
  }

  async crashed(event: Crash): Promise<void> {
    const { messages, device, clear } = this.#around
    // A worker may break off again while the run is set up in it. On a GPU that is one more failure of that; on the CPU it is the end.
    const broken = this.#broken ?? this.#around.standing()
    const ends = this.#broken !== null && device() === 'cpu'
    clear()
    if (!event.started || !broken.source || ends) {
      this.#broken = null
      this.underWay = false
      const { detail } = event
      messages.tell('problem', event.started ? text.crash.lost(text.crash.why[event.fault]) : text.crash[event.fault], detail)
      return
    }
    const mine = (this.#broken = { ...broken })
    this.underWay = true
    try {
      await this.#setUp(event, mine, broken.source)
    } catch {
      if (this.#broken === mine) messages.tell('problem', text.crash.lost(text.crash.why[event.fault]), event.detail)
    } finally {
      if (this.#broken === mine) {
        this.#broken = null
        this.underWay = false
      }
    }
  }

  async #setUp(event: Crash & { started: true }, { found, wasRunning, kind }: Standing, source: Source): Promise<void> {
    const { messages, reload, goOn, resume } = this.#around
    const why = text.crash.why[event.fault]
    await reload(source)
    const now = this.#around.device()
    const device = kind === 'gpu' && now ? now : ''
    if (!found) {
      messages.tell('problem', text.keep.reloaded(why, device), event.detail)
      return
    }
    await goOn(found)
    const { id, epoch, step } = found.kept
    // What fails twice at the same place on the same device would fail for ever.
    const again = this.#recoveredAt?.id === id && this.#recoveredAt.step === step && this.#recoveredAt.kind === now
    this.#recoveredAt = { id, step, kind: now }
    if (wasRunning && !again && !found.kept.over) await resume()
    messages.tell(
      'problem',
      again ? text.keep.recoveredOnHold(why, epoch, step) : text.keep.recovered(why, epoch, step, device),
      event.detail,
    )
  }
}
