// What a run told so far, in a form that charts can draw at once.
//
// Losses are kept at a bounded number of points: when the store is full, neighbours are joined to their mean and each point
// stands for twice as many events from then on. So a long run neither fills the memory nor slows the drawing.

import type { EpochRecord, FrequencyGroups, LossTerms, Metrics } from './protocol'

export const TERMS = ['total', 'reconstruction', 'kl', 'contrast'] as const
export type Term = (typeof TERMS)[number]

/** What adds to the total. */
export const PARTS = ['reconstruction', 'kl', 'contrast', 'alpha_prior', 'attributes'] as const
export type Part = (typeof PARTS)[number]

/**
 * Steps, for each term one value a step, the weight of the KL, and what each part adds to the total, in nats; null where that is
 * not known, as of epochs that an earlier version trained.
 */
export type LossTable = { step: number[]; kl_weight: (number | null)[]; shares: Record<Part, (number | null)[]> } & Record<Term, number[]>

const MOST_POINTS = 1200

/** The store as it stands, to go on with elsewhere. */
export interface LossSnapshot {
  /** Without shares where an earlier version wrote it. */
  table: Omit<LossTable, 'shares'> & Partial<Pick<LossTable, 'shares'>>
  stride: number
  waiting: Record<Term, number> & { events: number; shares?: Record<Part, number | null> }
}

const ofParts = <Value>(value: (part: Part) => Value): Record<Part, Value> => ({
  reconstruction: value('reconstruction'),
  kl: value('kl'),
  contrast: value('contrast'),
  alpha_prior: value('alpha_prior'),
  attributes: value('attributes'),
})

/** Of two values of which one is not known nothing is known. */
const combined = (a: number | null, b: number | null, how: (a: number, b: number) => number) =>
  a === null || b === null ? null : how(a, b)
const sum = (a: number, b: number) => a + b
const mean = (a: number, b: number) => (a + b) / 2

export class LossHistory {
  #table: LossTable = { step: [], kl_weight: [], total: [], reconstruction: [], kl: [], contrast: [], shares: ofParts(() => []) }
  #stride = 1
  #waiting = { events: 0, total: 0, reconstruction: 0, kl: 0, contrast: 0, shares: ofParts((): number | null => 0) }

  add(step: number, losses: LossTerms, klWeight: number | null = null): void {
    const waiting = this.#waiting
    waiting.events += 1
    for (const term of TERMS) waiting[term] += losses[term]
    for (const part of PARTS) waiting.shares[part] = combined(waiting.shares[part], losses.shares?.[part] ?? null, sum)
    if (waiting.events < this.#stride) return
    this.#table.step.push(step)
    this.#table.kl_weight.push(klWeight)
    for (const term of TERMS) {
      this.#table[term].push(waiting[term] / waiting.events)
      waiting[term] = 0
    }
    for (const part of PARTS) {
      this.#table.shares[part].push(combined(waiting.shares[part], waiting.events, (sum, events) => sum / events))
      waiting.shares[part] = 0
    }
    waiting.events = 0
    if (this.#table.step.length >= MOST_POINTS) this.#halve()
  }

  /** A copy, so that who holds it sees no later changes. */
  table(): LossTable {
    const { step, kl_weight, total, reconstruction, kl, contrast, shares } = this.#table
    return {
      step: step.slice(),
      kl_weight: kl_weight.slice(),
      total: total.slice(),
      reconstruction: reconstruction.slice(),
      kl: kl.slice(),
      contrast: contrast.slice(),
      shares: ofParts((part) => shares[part].slice()),
    }
  }

  snapshot(): LossSnapshot {
    return { table: this.table(), stride: this.#stride, waiting: structuredClone(this.#waiting) }
  }

  static from({ table, stride, waiting }: LossSnapshot): LossHistory {
    const history = new LossHistory()
    const unknown = () => ofParts(() => table.step.map(() => null))
    history.#table = structuredClone({ ...table, shares: { ...unknown(), ...table.shares } })
    history.#stride = stride
    const unsaid = waiting.events === 0 ? 0 : null
    history.#waiting = structuredClone({ ...waiting, shares: { ...ofParts(() => unsaid), ...waiting.shares } })
    return history
  }

  #halve(): void {
    const join = <Value>(values: Value[], pick: (a: Value, b: Value) => Value) =>
      Array.from({ length: values.length >> 1 }, (_, i) => pick(values[2 * i] as Value, values[2 * i + 1] as Value))
    const table = this.#table
    table.step = join(table.step, (_, b) => b)
    table.kl_weight = table.kl_weight.filter((_, at) => at % 2 === 1)
    for (const term of TERMS) table[term] = join(table[term], mean)
    for (const part of PARTS) table.shares[part] = join(table.shares[part], (a, b) => combined(a, b, mean))
    this.#stride *= 2
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
