// The run that "Rare and common answers" sets beside the present one.

export const POPULARITY = 'popularity'

class Beside {
  /** Number of a run, or popularity. */
  run = $state<string>(POPULARITY)
}

export const beside = new Beside()
