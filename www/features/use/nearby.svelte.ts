// The users whose sequences are nearest to a history, searched beside the run; and where the model looks.
//
// In: the session and a history. Out: users with what they took next, how far the search is, and the attention of the last position. A
// question about another history takes the place of the one before.

import type { Attention, NearUser, Told } from '../../../pkg/src/protocol'
import type { Session } from '../../../pkg/src/session'

/** Users that are shown. */
const COUNT = 8

export class Nearby {
  users = $state.raw<readonly NearUser[] | null>(null)
  progress = $state.raw<{ done: number; total: number } | null>(null)
  attention = $state.raw<Attention | null>(null)

  readonly #session: Pick<Session, 'request' | 'subscribe'>
  /** Which question the answers are to. */
  #question = 0

  constructor(session: Pick<Session, 'request' | 'subscribe'>) {
    this.#session = session
  }

  /** Searches the nearest; `own` is whose history it is, null if nobody's. */
  async search(history: readonly number[], own: number | null): Promise<void> {
    const question = ++this.#question
    if (this.progress) await this.#session.request({ command: 'cancel_nearest_users' })
    this.users = null
    this.progress = { done: 0, total: 0 }
    const leave = this.#session.subscribe((event: Told) => {
      if (event.event === 'nearest_progress' && question === this.#question) this.progress = { done: event.done, total: event.total }
    })
    try {
      const { users } = await this.#session.request({
        command: 'nearest_users',
        history: [...history],
        count: COUNT,
        own: own ?? undefined,
      })
      if (question === this.#question) this.users = users
    } catch (error) {
      // One that had to give way is no fault.
      if (question === this.#question) throw error
    } finally {
      leave()
      if (question === this.#question) this.progress = null
    }
  }

  async look(history: readonly number[]): Promise<void> {
    const question = this.#question
    const { attention } = await this.#session.request({ command: 'attention', history: [...history] })
    if (question === this.#question) this.attention = attention
  }

  /** Another history or model: what was found is of no use. */
  forget(): void {
    this.#question += 1
    if (this.progress) void this.#session.request({ command: 'cancel_nearest_users' }).catch(() => {})
    this.users = null
    this.progress = null
    this.attention = null
  }
}

/** Weight of each item that is seen, mean over the blocks; null if the model has none. */
export function meanAttention({ layers }: Attention): number[] | null {
  const [first] = layers
  if (!first) return null
  return first.weights.map((_, at) => layers.reduce((sum, { weights }) => sum + (weights[at] ?? 0), 0) / layers.length)
}
