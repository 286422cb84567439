// One piece of the map's heavy work at a time, what it tells of itself, and its end.
//
// In: jobs for the worker of the map. Out: their results, and how far they are as a reactive value.

import type { LatentKind } from '../../../../pkg/src/protocol'
import type { Lab } from '../../../shell/lab.svelte'
import { Pace } from '../../../shell/pace'
import { text } from '../../../shell/text'
import { arrange, type Arranging, Cancelled, type Job, type Method, type Phase, type Report } from './arrange'

export interface Work {
  what: LatentKind
  method: Method | 'clusters'
  phase: Phase | 'reading' | 'epochs'
  done: number
  total: number
  /** Pieces a second; null while it cannot be told. */
  rate: number | null
}

export class Works {
  present = $state.raw<Work | null>(null)
  #running: Arranging<Float32Array | Uint8Array> | null = null
  /** Rises when what is under way is given up, so that answers which come late are dropped. */
  age = 0

  constructor(private readonly lab: Lab) {}

  /** Gives up what is under way; returns what it was. */
  cancel(): Work | null {
    this.age += 1
    this.#running?.cancel()
    const { present } = this
    this.present = null
    return present
  }

  /** Does one piece of work, whose `check` throws once it was given up; that says nothing to anybody. */
  async do(work: Work, action: (check: () => void) => Promise<void>): Promise<void> {
    this.cancel()
    this.present = work
    const { age } = this
    try {
      await action(() => {
        if (age !== this.age) throw new Cancelled()
      })
    } catch (error) {
      if (error instanceof Cancelled || age !== this.age) return
      throw error
    } finally {
      if (age === this.age) this.present = null
    }
  }

  /** Runs a job as the present work; a failure becomes a sentence. */
  async follow(job: Job, hear: (report: Report) => void): Promise<Float32Array | Uint8Array> {
    let pace = new Pace()
    const running = this.start(job, (report) => {
      if (this.#running !== running) return
      hear(report)
      if (report.report !== 'progress' || !this.present) return
      const { phase, done, total } = report
      if (phase !== this.present.phase) pace = new Pace()
      pace.add(performance.now(), done)
      this.present = { ...this.present, phase, done, total, rate: pace.rate() }
    })
    this.#running = running
    try {
      return await running.result
    } catch (error) {
      if (error instanceof Cancelled) throw error
      throw new Error(text.mapTools.failed(error instanceof Error ? error.message : String(error)), { cause: error })
    } finally {
      if (this.#running === running) this.#running = null
    }
  }

  /** Starts a job beside the present work. */
  start<Result extends Float32Array | Uint8Array>(job: Job, hear: (report: Report) => void): Arranging<Result> {
    return arrange<Result>(job, (report) => {
      if (report.report === 'requests') this.lab.privacy.add('worker', report.requests)
      hear(report)
    })
  }
}
