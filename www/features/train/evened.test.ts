// The last small batch of an epoch does not make a curve dip.

import { expect, test } from 'vitest'

import type { LossTable } from '../../../pkg/src/history'
import { epochOf, evened } from './evened'

const table = (step: number[], contrast: number[]) =>
  ({ step, contrast, total: contrast, reconstruction: contrast, kl: contrast }) as LossTable

test('a small last batch weighs by its size, and the final number with it', () => {
  const epoch = epochOf(1000, 32, 32)
  expect(epoch).toEqual({ steps: 32, lastShare: 0.25 })
  const step = Array.from({ length: 64 }, (_, at) => at + 1)
  const contrast = step.map((one) => (one % 32 === 0 ? 1 : 3))
  const { contrast: shown } = evened(table(step, contrast), epoch)
  expect([shown[30], shown[31], shown[32], shown[63]]).toEqual([3, 2.5, 3, 2.5])
})

test('full batches, means of several steps and unknown epochs stay as they are', () => {
  const values = [3, 1, 3, 1]
  expect(evened(table([1, 2, 3, 4], values), epochOf(64, 32, 2)).contrast).toEqual(values)
  expect(evened(table([2, 4, 6, 8], values), { steps: 4, lastShare: 0.5 }).contrast).toEqual(values)
  expect(epochOf(1000, 32, 128)).toBeUndefined()
  expect(evened(table([1, 2, 3, 4], values), undefined).contrast).toEqual(values)
})
