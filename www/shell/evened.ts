// Curves without the dips of small batches.
//
// The last batch of an epoch holds what is left of the users. A contrast among few of them is easier (its ceiling is the logarithm of
// their number), so its value says something of the size of the batch and nothing of the model: contrast and total go on from the point before.
// The other terms are as good among few and only less sure: such a point weighs as much as its batch, the rest of it is the point before.

import type { LossTable, Part, Term } from '../../pkg/src/history'
import { PARTS, TERMS } from '../../pkg/src/history'
import type { LossTerms, Summary } from '../../pkg/src/protocol'
import type { Flat } from './settings'

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

/** The epoch of the present run. */
export const epochOfRun = ({ summary, runValues, progress }: Run): Epoch | undefined =>
  epochOf(summary?.users ?? 0, Number(runValues?.['training.batch_size']), progress?.steps_per_epoch ?? 0)

interface Run {
  readonly summary: Summary | null
  readonly runValues: Flat | null
  readonly progress: { steps_per_epoch: number } | null
}

/** Terms in which a small batch is another quantity. */
const BY_SIZE: readonly (Term | Part)[] = ['contrast', 'total']
/** In the mean of more steps than this a last batch counts for little. */
const FEW_STEPS = 8

/** The terms and what each adds to the total, step by step, without what the size of each last batch does to them. */
export function evened(table: LossTable, epoch: Epoch | undefined): LossTable {
  const of = <Value extends number | null>(term: Term | Part, values: Value[]): Value[] => {
    if (!epoch || epoch.lastShare >= 1 || epoch.steps < 2) return values
    const bySize = BY_SIZE.includes(term)
    let before: Value | undefined
    return values.map((value, at) => {
      const [from, to] = [table.step[at - 1] ?? 0, table.step[at] ?? 0]
      const holdsLast = Math.floor(to / epoch.steps) > Math.floor(from / epoch.steps)
      if (holdsLast && before != null && Number.isFinite(before)) {
        if (bySize && to - from <= FEW_STEPS) return before
        // Points that stand for several steps are means already.
        if (!bySize && to - from === 1 && value !== null) return (epoch.lastShare * value + (1 - epoch.lastShare) * before) as Value
      }
      before = value
      return value
    })
  }
  const terms = Object.fromEntries(TERMS.map((term) => [term, of(term, table[term])])) as Record<Term, number[]>
  const shares = Object.fromEntries(PARTS.map((part) => [part, of(part, table.shares[part])])) as LossTable['shares']
  return { ...table, ...terms, shares }
}

/** The losses of the latest step, evened; null before the first. */
export function latest(table: LossTable): LossTerms | null {
  const at = table.step.length - 1
  if (at < 0) return null
  const terms = Object.fromEntries(TERMS.map((term) => [term, table[term][at] ?? NaN])) as Record<Term, number>
  const shares = Object.fromEntries(PARTS.map((part) => [part, table.shares[part][at] ?? null])) as Record<Part, number | null>
  const { reconstruction, kl, contrast, alpha_prior, attributes } = shares
  const known = reconstruction !== null && kl !== null && contrast !== null && alpha_prior !== null
  // Most runs tie no attributes.
  const tied = attributes === null ? {} : { attributes }
  return known ? { ...terms, shares: { reconstruction, kl, contrast, alpha_prior, ...tied } } : terms
}
