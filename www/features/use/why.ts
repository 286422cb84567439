// Why the model recommends an item: what becomes of its score when the model is asked again without each item of the history in turn.
//
// In: a way to ask for the whole ranking after a history. Out: for each item of the history how much its presence adds to the score, and the
// place that the item would have without it. Leave-one-out, as for any model that can be asked: the parts need not add up.

import type { Recommendation } from '../../../pkg/src/protocol'

/** What one item of the history does. */
export interface Reason {
  /** Place in the history, counted from 0. */
  at: number
  item: number
  /** Score with it less the score without it: above 0 where it speaks for the item. */
  adds: number
  /** Place that the item would have, counted from 1. */
  place: number
}

export interface Why {
  item: number
  score: number
  place: number
  /** Those that matter most first; empty where the history is a single item, without which there is nothing to go by. */
  reasons: Reason[]
}

/** The whole ranking after a history, best first, without what is in it. */
export type Ranking = (history: readonly number[]) => Promise<readonly Recommendation[]>

export async function whyOf(ranking: Ranking, history: readonly number[], item: number): Promise<Why | null> {
  const own = placed(await ranking(history), item)
  if (!own) return null
  const reasons: Reason[] = []
  if (history.length > 1) {
    for (const [at, left] of history.entries()) {
      const without = placed(await ranking(history.filter((_, other) => other !== at)), item)
      if (without) reasons.push({ at, item: left, adds: own.score - without.score, place: without.place })
    }
  }
  reasons.sort((a, b) => Math.abs(b.adds) - Math.abs(a.adds))
  return { item, ...own, reasons }
}

function placed(ranked: readonly Recommendation[], item: number): { score: number; place: number } | null {
  const at = ranked.findIndex((row) => row.item === item)
  const row = ranked[at]
  return row ? { score: row.score, place: at + 1 } : null
}
