// Curves without the dips of small batches.
//
// The last batch of an epoch holds what is left of the users. A contrast among few of them is easier (its ceiling is the logarithm of
// their number), so its value says something of the size of the batch and nothing of the model: contrast and total go on from the point before.
// The other terms are as good among few and only less sure: such a point weighs as much as its batch, the rest of it is the point before.

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

/** Terms in which a small batch is another quantity. */
const BY_SIZE: readonly Term[] = ['contrast', 'total']
/** In the mean of more steps than this a last batch counts for little. */
const FEW_STEPS = 8

/** The terms step by step, without what the size of each last batch does to them. */
export function evened(table: LossTable, epoch: Epoch | undefined): Record<Term, number[]> {
  const of = (term: Term): number[] => {
    const values = table[term]
    if (!epoch || epoch.lastShare >= 1 || epoch.steps < 2) return values
    const bySize = BY_SIZE.includes(term)
    let before = NaN
    return values.map((value, at) => {
      const [from, to] = [table.step[at - 1] ?? 0, table.step[at] ?? 0]
      const holdsLast = Math.floor(to / epoch.steps) > Math.floor(from / epoch.steps)
      if (holdsLast && Number.isFinite(before)) {
        if (bySize && to - from <= FEW_STEPS) return before
        // Points that stand for several steps are means already.
        if (!bySize && to - from === 1) return epoch.lastShare * value + (1 - epoch.lastShare) * before
      }
      before = value
      return value
    })
  }
  return Object.fromEntries(TERMS.map((term) => [term, of(term)])) as Record<Term, number[]>
}
