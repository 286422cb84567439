// The last small batch of an epoch does not make a curve dip.

import { expect, test } from 'vitest'

import type { LossTable } from '../../../pkg/src/history'
import { epochOf, evened } from './evened'

const table = (step: number[], contrast: number[]) =>
  ({ step, contrast, total: contrast, reconstruction: contrast, kl: contrast }) as LossTable

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
