// Curves without the dips of small batches.
//
// The last batch of an epoch holds what is left of the users. A contrast among few of them is easier, so its value says something of the
// size of the batch and nothing of the model. Such a point weighs as much as its batch: the rest of it is the point before.

import type { LossTable, Term } from '../../../pkg/src/history'
import { TERMS } from '../../../pkg/src/history'

/** What the batches of an epoch are. */
export interface Epoch {
  steps: number
  /** Size of the last batch over that of the others, 0 to 1. */
  lastShare: number
}

/** The epoch of so many users in batches of a size; undefined if the steps are others than that, as in a model of bags. */
export function epochOf(users: number, batchSize: number, steps: number): Epoch | undefined {
  if (!(users > 0) || !(batchSize > 0) || steps !== Math.ceil(users / batchSize)) return undefined
  return { steps, lastShare: (users - (steps - 1) * batchSize) / batchSize }
}

/** The terms step by step, each last point of an epoch weighed by its batch. */
export function evened(table: LossTable, epoch: Epoch | undefined): Record<Term, number[]> {
  const of = (term: Term): number[] => {
    const values = table[term]
    if (!epoch || epoch.lastShare >= 1 || epoch.steps < 2) return values
    let before = NaN
    return values.map((value, at) => {
      const step = table.step[at] ?? 0
      // Points that stand for several steps are means already.
      const single = step - (table.step[at - 1] ?? 0) === 1
      const last = step % epoch.steps === 0
      const shown = last && single && Number.isFinite(before) ? epoch.lastShare * value + (1 - epoch.lastShare) * before : value
      before = value
      return shown
    })
  }
  return Object.fromEntries(TERMS.map((term) => [term, of(term)])) as Record<Term, number[]>
}
