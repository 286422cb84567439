// A question to the person before something is lost.

export class Question {
  /** The run that would be dropped; null if nothing is asked. */
  run = $state<string | null>(null)
  #answer: (yes: boolean) => void = () => {}

  /** Resolves with the answer; a second question answers the first one with no. */
  ask(run: string): Promise<boolean> {
    this.#answer(false)
    this.run = run
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  answer(yes: boolean): void {
    this.run = null
    this.#answer(yes)
    this.#answer = () => {}
  }
}
