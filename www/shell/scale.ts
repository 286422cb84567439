// A linear scale for small charts, with a few round marks.
//
// In: the values, the two ends of the axis on the paper, and the least length that it stands for. Out: where a value lies, and the marks.

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

export interface Scale {
  at: (value: number) => number
  marks: number[]
}

export function scale(values: readonly number[], from: number, to: number, leastSpan: number): Scale {
  const middle = (Math.min(...values) + Math.max(...values)) / 2
  const span = Math.max(Math.max(...values) - Math.min(...values), leastSpan) * 1.15
  const least = middle - span / 2
  const step = STEPS.find((one) => span / one <= 5) ?? 10
  const marks: number[] = []
  for (let mark = Math.ceil(least / step) * step; mark <= least + span; mark += step) marks.push(Number(mark.toFixed(2)))
  const at = (value: number) => Number((from + ((value - least) / span) * (to - from)).toFixed(1))
  return { at, marks }
}
