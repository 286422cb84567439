// Bytes of a log that come in, and how fast.

import { Pace } from '../../shell/pace'
import type { Loading } from './reading-states'

export class Bytes {
  loading = $state.raw<Loading | null>(null)
  #pace = new Pace()

  begin(name: string, stage: Loading['stage']): void {
    this.#pace = new Pace()
    this.loading = { name, stage, done: 0, total: 0, rate: null }
  }

  advance(done: number, total: number): void {
    if (!this.loading) return
    this.#pace.add(performance.now(), done)
    this.loading = { ...this.loading, done, total, rate: this.#pace.rate() }
  }

  end(): void {
    this.loading = null
  }
}
