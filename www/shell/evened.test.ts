// The last small batch of an epoch does not make a curve dip.

import { expect, test } from 'vitest'

import type { LossTable } from '../../pkg/src/history'
import { epochOf, evened, latest } from './evened'

const table = (step: number[], contrast: number[]) =>
  ({
    ...{ step, contrast, total: contrast, reconstruction: contrast, kl: contrast, kl_weight: contrast },
    shares: {
      reconstruction: contrast,
      kl: contrast,
      contrast: contrast.map((value) => value / 10),
      alpha_prior: contrast.map(() => 0),
      attributes: contrast.map(() => null),
    },
  }) satisfies LossTable

test('a contrast among few goes on from the point before, other terms weigh by the batch', () => {
  const epoch = epochOf(1000, 32, 32)
  expect(epoch).toEqual({ steps: 32, lastShare: 0.25 })
  const step = Array.from({ length: 64 }, (_, at) => at + 1)
  const values = step.map((one) => (one % 32 === 0 ? 1 : 3))
  const shown = evened(table(step, values), epoch)
  expect([30, 31, 32, 63].map((at) => shown.contrast[at])).toEqual([3, 3, 3, 3])
  expect([30, 31, 32, 63].map((at) => shown.kl[at])).toEqual([3, 2.5, 3, 2.5])
  expect(new Set(shown.total)).toEqual(new Set([3]))
})

test('a mean of a few steps that holds such a batch goes on from the point before as well', () => {
  const values = [3, 2, 3, 2]
  expect(evened(table([2, 4, 6, 8], values), { steps: 4, lastShare: 0.5 }).contrast).toEqual([3, 3, 3, 3])
  expect(evened(table([20, 40, 60, 80], values), { steps: 40, lastShare: 0.5 }).contrast).toEqual(values)
})

test('full batches and unknown epochs stay as they are', () => {
  const values = [3, 1, 3, 1]
  expect(evened(table([1, 2, 3, 4], values), epochOf(64, 32, 2)).contrast).toEqual(values)
  expect(epochOf(1000, 32, 128)).toBeUndefined()
  expect(evened(table([1, 2, 3, 4], values), undefined).contrast).toEqual(values)
})

test('what each term adds is evened too, and the latest numbers are those of the curves', () => {
  const values = [3, 3, 3, 1]
  const shown = evened(table([1, 2, 3, 4], values), { steps: 4, lastShare: 0.5 })
  expect(shown.shares.contrast.at(-1)).toBeCloseTo(0.3, 9)
  expect(shown.shares.kl).toEqual([3, 3, 3, 2])
  expect(latest(shown)).toEqual({
    ...{ total: 3, reconstruction: 2, kl: 2, contrast: 3 },
    shares: { reconstruction: 2, kl: 2, contrast: 0.3, alpha_prior: 0 },
  })
  const unknown = { ...shown, shares: { ...shown.shares, kl: [null, null, null, null] } }
  expect(latest(evened(unknown, { steps: 4, lastShare: 0.5 }))?.shares).toBeUndefined()
  expect(latest(table([], []))).toBeNull()
})
