// What the benchmark trains: four models with their logs, from the default to 100,000 items, the same as `cargo xtask bench gpu` (`benches/gpu.rs`).
//
// In: nothing. Out: sizes; the text of a log; and whether a step would take longer than anybody waits.

import type { Config } from '../../../pkg/src/protocol'

export interface Size {
  width: number
  /** 0 for the built-in example. */
  items: number
  batch: number
  /** Steps that are compared with the CPU. */
  compared: number
}

export const SIZES: readonly Size[] = [
  { width: 32, items: 0, batch: 32, compared: 20 },
  { width: 64, items: 10_000, batch: 64, compared: 20 },
  { width: 128, items: 30_000, batch: 64, compared: 5 },
  { width: 256, items: 100_000, batch: 64, compared: 3 },
]

/** Items of each user. */
const HISTORY = 20

/** One user a line, and each item twice, so that all are there. */
export function logOf({ items }: Size): string {
  const lines: string[] = []
  for (let user = 0; user < (items * 2) / HISTORY; user++) {
    let line = `u${user}`
    // The prime 7,919 walks through all items.
    for (let place = 0; place < HISTORY; place++) line += ` i${((user * HISTORY + place) * 7_919) % items}`
    lines.push(line)
  }
  return `${lines.join('\n')}\n`
}

export const configOf = (standard: Config, { width, batch }: Size): Config => ({
  ...standard,
  model: { ...standard.model, hidden_size: width },
  training: { ...standard.training, batch_size: batch },
})

/** Seconds that a step of the work `next` would take where one of `work` took `seconds`. */
export const foretold = (seconds: number, work: number, next: number): number => (seconds * next) / work
