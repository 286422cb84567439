// The numbers that the questions of the lessons ask for, read off the run that is shown.
//
// In: validation, diagnoses and baselines as the page has them. Out: one number, or null if it is not there yet.

import type { ValidationPoint } from '../../../pkg/src/history'
import type { BaselineMetrics, LatentReport } from '../../../pkg/src/protocol'

export type Measure =
  /** Active units. */
  | 'active'
  /** Mutual information, nats. */
  | 'information'
  /** Alignment of the two views. */
  | 'alignment'
  /** NDCG@20 on validation. */
  | 'ndcg'
  /** Readers of a hundred whose next item popularity has among its first 20, on validation. */
  | 'popularity'
  /** Readers of a hundred in the group of 10 to 19 whose next item is among the first 40, on validation. */
  | 'rare'
  /** Median length of the sequences. */
  | 'median'

/** What can be measured. */
export interface Instruments {
  validation: readonly ValidationPoint[]
  looks: readonly { epoch: number; report: LatentReport }[]
  baselines: readonly BaselineMetrics[]
  median: number | null
}

/** Group of users whose answer occurs 10 to 19 times in training. */
const RARE_GROUP = 1

/** The number after an epoch, or the latest if none is named. */
export function measured(measure: Measure, instruments: Instruments, epoch?: number): number | null {
  const { validation, looks, baselines, median } = instruments
  const at = <Point extends { epoch: number }>(points: readonly Point[]): Point | undefined =>
    epoch === undefined ? points.at(-1) : points.find((point) => point.epoch === epoch)
  const point = at(validation)
  const report = at(looks)?.report
  switch (measure) {
    case 'active':
      return report?.last.active_units ?? null
    case 'information':
      return report?.last.mutual_information ?? null
    case 'alignment':
      return report?.views.alignment ?? null
    case 'ndcg':
      return point?.metrics.ndcg_20 ?? null
    case 'popularity':
      return percent(baselines.find(({ name }) => name === 'popularity')?.valid.recall_20)
    case 'rare': {
      const by = point?.groups.find(({ grouping }) => grouping === 'training_frequency')
      return percent(by?.groups[RARE_GROUP]?.metrics.recall_40)
    }
    case 'median':
      return median
  }
}

const percent = (share: number | undefined): number | null => (share === undefined ? null : 100 * share)

/** Decimals that a measure is shown with. */
export const DIGITS: Record<Measure, number> = {
  active: 0,
  information: 2,
  alignment: 2,
  ndcg: 2,
  popularity: 0,
  rare: 0,
  median: 0,
}
