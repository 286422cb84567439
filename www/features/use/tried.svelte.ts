// What the model answers to the history of "Try it", what the last change of the history did, and what a second model answers.
//
// In: the lab's history and model. Out: the lists and where the history lies. The history before the last change is asked of the same
// model at the same time, so that a difference comes from the history and not from the training meanwhile.

import type { Lab } from '../../shell/lab.svelte'
import type { Recommendation } from '../../../pkg/src/protocol'

/** Rows that are shown. */
export const TOP = 10
/** Rows that are looked at, to tell how far an item rose or fell. */
export const LOOK = 100

export interface Answer {
  history: readonly number[]
  /** The best first, `LOOK` of them. */
  items: readonly Recommendation[]
  /** The posterior's mean. */
  mean: Float32Array
}

export class Tried {
  now = $state.raw<Answer | null>(null)
  /** Of the history before its last change; null where there was none. */
  before = $state.raw<Answer | null>(null)
  /** What the kept model says; null where none is kept. */
  other = $state.raw<readonly Recommendation[] | null>(null)

  #history: readonly number[] = []
  #previous: readonly number[] = []
  /** One request at a time; what changes meanwhile makes one more afterwards. */
  #asking = false
  #again = false

  constructor(private readonly lab: Lab) {}

  readonly results = $derived(this.now?.items.slice(0, TOP) ?? [])

  /** Hears of the present history, model or kept model; whichever changed. */
  follow(history: readonly number[]): void {
    if (history !== this.#history) {
      this.#previous = this.#history
      this.#history = history
    }
    if (!this.#canAsk()) {
      this.now = null
      this.before = null
      this.other = null
      if (history.length === 0) this.#previous = []
    } else if (this.#asking) this.#again = true
    else void this.#ask()
  }

  #canAsk(): boolean {
    return this.lab.hasModel && this.#history.length > 0
  }

  async #ask(): Promise<void> {
    const { lab } = this
    this.#asking = true
    do {
      this.#again = false
      try {
        const previous = this.#previous
        const now = await this.#answer(this.#history)
        const before = previous.length > 0 ? await this.#answer(previous) : null
        const other = lab.pinned ? await lab.recommend(now.history, LOOK, 'pinned') : null
        if (!this.#canAsk()) break
        this.now = now
        this.before = before
        this.other = other
      } catch {
        // The run went away in the meantime; the next one asks anew.
        this.now = null
        this.before = null
        this.other = null
      }
    } while (this.#again && this.#canAsk())
    this.#asking = false
  }

  async #answer(history: readonly number[]): Promise<Answer> {
    const [items, { mean }] = await Promise.all([this.lab.recommend(history, LOOK), this.lab.posterior(history)])
    return { history, items, mean }
  }
}

/** How an item's place in a list compares with that in another: its place there, counted from 1; null beyond its end. */
export function placeIn(items: readonly Recommendation[], item: number): number | null {
  const at = items.findIndex((row) => row.item === item)
  return at < 0 ? null : at + 1
}

/** How far apart two latents are, and the cosine of the angle between them (NaN where one has no direction). */
export function apart(a: Float32Array, b: Float32Array): { distance: number; cosine: number } {
  let [square, product, lengthA, lengthB] = [0, 0, 0, 0]
  a.forEach((value, i) => {
    const other = b[i] ?? 0
    square += (value - other) ** 2
    product += value * other
    lengthA += value ** 2
    lengthB += other ** 2
  })
  return { distance: Math.sqrt(square), cosine: product / Math.sqrt(lengthA * lengthB) }
}
