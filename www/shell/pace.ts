// How fast something comes in, and how long the rest will take.
//
// In: how much there is at which moment. Out: amount a second over the last moments, so that a change of pace shows soon but
// the number does not flicker.

const WINDOW_MILLISECONDS = 3000
/** Before this much time has passed, any rate is a guess. */
const LEAST_MILLISECONDS = 400

export class Pace {
  #points: { at: number; done: number }[] = []

  add(at: number, done: number): void {
    this.#points.push({ at, done })
    while (this.#points.length > 2 && at - (this.#points[1]?.at ?? at) > WINDOW_MILLISECONDS) this.#points.shift()
  }

  /** Amount a second; null while it cannot be told. */
  rate(): number | null {
    const first = this.#points[0]
    const last = this.#points[this.#points.length - 1]
    if (!first || !last || last.at - first.at < LEAST_MILLISECONDS || last.done <= first.done) return null
    return ((last.done - first.done) / (last.at - first.at)) * 1000
  }
}
