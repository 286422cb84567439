// Ranking by what needs no training, to compare with.

import type { BaselineMetrics, Summary } from '../../pkg/src/protocol'
import { type Session, SessionError } from '../../pkg/src/session'
import type { RunRecord } from './runs.svelte'
import { text } from './text'

export class Baselines {
  /** What they reach on the data of this name and size. */
  found = $state.raw<{ data: RunRecord['data']; rows: BaselineMetrics[]; seconds: number } | null>(null)
  /** How much of the ranking is done; null if none is under way. */
  ranking = $state.raw<{ done: number; total: number } | null>(null)

  constructor(
    private readonly session: Session,
    private readonly summary: () => Summary | null,
  ) {}

  async rank(): Promise<void> {
    const summary = this.summary()
    if (!summary) throw new SessionError(text.data.nothingLoaded)
    this.ranking = { done: 0, total: 0 }
    try {
      const { baselines, seconds } = await this.session.request({ command: 'baselines' })
      const { name, users, items, interactions } = summary
      this.found = { data: { name, users, items, interactions }, rows: baselines, seconds }
    } finally {
      this.ranking = null
    }
  }

  async cancel(): Promise<void> {
    await this.session.request({ command: 'cancel_baselines' })
  }

  advanced(done: number, total: number): void {
    if (this.ranking) this.ranking = { done, total }
  }

  forget(): void {
    this.found = null
  }
}
