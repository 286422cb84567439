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
  /** Of the same history without critiques; null where none is made. */
  plain = $state.raw<Answer | null>(null)
  /** Moves of the latent along the tied dimensions in logits, one for each attribute; those beyond the end are 0. */
  moves = $state.raw<readonly number[]>([])
  /** What the kept model says; null where none is kept. */
  other = $state.raw<readonly Recommendation[] | null>(null)

  #history: readonly number[] = []
  #previous: readonly number[] = []
  /** Those that the moves are of. */
  #attributes: readonly string[] = []
  /** One request at a time; what changes meanwhile makes one more afterwards. */
  #asking = false
  #again = false

  constructor(private readonly lab: Lab) {}

  readonly results = $derived(this.now?.items.slice(0, TOP) ?? [])

  /** Moves the latent along the dimension of an attribute, to so many logits from where it was. */
  criticise(at: number, by: number): void {
    this.moves = this.lab.run.attributes.map((_, other) => (other === at ? by : (this.moves[other] ?? 0)))
  }

  /** Hears of the present history, model, kept model or critique; whichever changed. */
  follow(history: readonly number[]): void {
    if (this.lab.run.attributes !== this.#attributes) {
      this.#attributes = this.lab.run.attributes
      if (this.moves.length > 0) this.moves = []
    }
    if (history !== this.#history) {
      this.#previous = this.#history
      this.#history = history
    }
    if (!this.#canAsk()) {
      this.#forget()
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
        const history = this.#history
        const moves = this.#ownMoves()
        const moved = moves.some((by) => by !== 0)
        const now = await this.#answer(history, moved ? moves : [])
        const plain = moved ? await this.#answer(history) : null
        const before = previous.length > 0 ? await this.#answer(previous) : null
        const other = lab.pinned ? await lab.recommend(now.history, LOOK, 'pinned') : null
        if (!this.#canAsk()) break
        this.now = now
        this.plain = plain
        this.before = before
        this.other = other
      } catch {
        // The run went away in the meantime; the next one asks anew.
        this.#forget()
      }
    } while (this.#again && this.#canAsk())
    this.#asking = false
  }

  #forget(): void {
    this.now = null
    this.plain = null
    this.before = null
    this.other = null
  }

  /** One for each attribute of the present run. */
  #ownMoves(): number[] {
    return this.lab.run.attributes.map((_, at) => this.moves[at] ?? 0)
  }

  async #answer(history: readonly number[], moves: readonly number[] = []): Promise<Answer> {
    const asked = this.lab.session.request({ command: 'recommend', history: [...history], k: LOOK, moves: [...moves] })
    const [{ items }, { mean }] = await Promise.all([asked, this.lab.posterior(history)])
    // The attributes belong to the first dimensions.
    return { history, items, mean: moves.length > 0 ? mean.map((value, at) => value + (moves[at] ?? 0)) : mean }
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
