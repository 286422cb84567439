// What a run told so far, in a form that charts can draw at once.
//
// Losses are kept at a bounded number of points: when the store is full, neighbours are joined to their mean and each point
// stands for twice as many events from then on. So a long run neither fills the memory nor slows the drawing.

import type { EpochRecord, FrequencyGroups, LossTerms, Metrics } from './protocol'

export const TERMS = ['total', 'reconstruction', 'kl', 'contrast'] as const
export type Term = (typeof TERMS)[number]

/** Steps, for each term one value a step, and the weight of the KL; null where that is not known. */
export type LossTable = { step: number[]; kl_weight: (number | null)[] } & Record<Term, number[]>

const MOST_POINTS = 1200

/** The store as it stands, to go on with elsewhere. */
export interface LossSnapshot {
  table: LossTable
  stride: number
  waiting: Record<Term, number> & { events: number }
}

export class LossHistory {
  #table: LossTable = { step: [], kl_weight: [], total: [], reconstruction: [], kl: [], contrast: [] }
  #stride = 1
  #waiting = { events: 0, total: 0, reconstruction: 0, kl: 0, contrast: 0 }

  add(step: number, losses: LossTerms, klWeight: number | null = null): void {
    const waiting = this.#waiting
    waiting.events += 1
    for (const term of TERMS) waiting[term] += losses[term]
    if (waiting.events < this.#stride) return
    this.#table.step.push(step)
    this.#table.kl_weight.push(klWeight)
    for (const term of TERMS) {
      this.#table[term].push(waiting[term] / waiting.events)
      waiting[term] = 0
    }
    waiting.events = 0
    if (this.#table.step.length >= MOST_POINTS) this.#halve()
  }

  /** A copy, so that who holds it sees no later changes. */
  table(): LossTable {
    const { step, kl_weight, total, reconstruction, kl, contrast } = this.#table
    return {
      step: step.slice(),
      kl_weight: kl_weight.slice(),
      total: total.slice(),
      reconstruction: reconstruction.slice(),
      kl: kl.slice(),
      contrast: contrast.slice(),
    }
  }

  snapshot(): LossSnapshot {
    return { table: this.table(), stride: this.#stride, waiting: { ...this.#waiting } }
  }

  static from({ table, stride, waiting }: LossSnapshot): LossHistory {
    const history = new LossHistory()
    history.#table = structuredClone(table)
    history.#stride = stride
    history.#waiting = { ...waiting }
    return history
  }

  #halve(): void {
    const join = (values: number[], pick: (a: number, b: number) => number) =>
      Array.from({ length: values.length >> 1 }, (_, i) => pick(values[2 * i] as number, values[2 * i + 1] as number))
    const table = this.#table
    table.step = join(table.step, (_, b) => b)
    table.kl_weight = table.kl_weight.filter((_, at) => at % 2 === 1)
    for (const term of TERMS) table[term] = join(table[term], (a, b) => (a + b) / 2)
    this.#stride *= 2
  }
}

/** What each term adds to the total, in nats. */
export interface Shares {
  reconstruction: number[]
  kl: number[]
  contrast: number[]
}

/**
 * The total by its parts. What neither reconstruction nor contrast adds is the KL's: that is its weight times its value, less what
 * free bits let pass.
 */
export function shares(table: LossTable, contrastWeight: number): Shares {
  const contrast = table.contrast.map((value) => value * contrastWeight)
  return {
    reconstruction: table.reconstruction,
    contrast,
    kl: table.total.map((total, at) => total - (table.reconstruction[at] ?? 0) - (contrast[at] ?? 0)),
  }
}

export interface ValidationPoint {
  epoch: number
  metrics: Metrics
  popularity: Metrics
  /** Both by how common the answer is; empty where that was not kept. */
  groups: FrequencyGroups[]
  /** How long the ranking took; null where that was not kept. */
  seconds: number | null
}

/** The points of a run that was saved. */
export const validationOf = (epochs: readonly EpochRecord[], popularity: Metrics): ValidationPoint[] =>
  epochs.map(({ epoch, valid }) => ({ epoch, metrics: valid, popularity, groups: [], seconds: null }))

/** The point that model selection would take: the highest NDCG@20, the first of equals. */
export function bestPoint(points: readonly ValidationPoint[]): ValidationPoint | undefined {
  return points.reduce<ValidationPoint | undefined>(
    (best, point) => (best === undefined || point.metrics.ndcg_20 > best.metrics.ndcg_20 ? point : best),
    undefined,
  )
}
