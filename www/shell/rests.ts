// Rests after each step that a person can choose, in milliseconds.

export const RESTS: readonly number[] = [0, 100, 300, 1000, 3000]
