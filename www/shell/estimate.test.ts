// What a run lacks is told before it begins.

import { expect, test } from 'vitest'

import { MODULE_BYTES, shortageOf } from './estimate'

const size = (memory_bytes: number, largest_buffer_bytes = 0) => ({
  ...{ parameters: 1, steps_per_epoch: 1, checkpoint_bytes: 1, step_work: 1, epoch_work: 1 },
  memory_bytes,
  largest_buffer_bytes,
})
const MEGA = 1e6

test('a run that fits lacks nothing, whatever the browser tells', () => {
  expect(shortageOf(size(200 * MEGA), 'cpu', null, undefined)).toBeNull()
  expect(shortageOf(size(200 * MEGA, 100 * MEGA), 'gpu', 128 * 2 ** 20, 8)).toBeNull()
})

test('more than a module can have is too much on the CPU', () => {
  expect(shortageOf(size(MODULE_BYTES + 1), 'cpu', null, 8)).toMatchObject({ of: 'tab', most: MODULE_BYTES })
  expect(shortageOf(size(MODULE_BYTES + 1), 'gpu', 2 ** 40, 8)).toBeNull()
})

test('a table of items larger than a binding of the GPU is too much there', () => {
  // 100,000 items at a width of 256: both moments of each parameter.
  const table = size(800 * MEGA, 8 * 100_002 * 256)
  expect(shortageOf(table, 'gpu', 128 * 2 ** 20, undefined)).toMatchObject({ of: 'buffer', most: 128 * 2 ** 20 })
  expect(shortageOf(table, 'gpu', 2 ** 31, undefined)).toBeNull()
  expect(shortageOf(table, 'cpu', null, undefined)).toBeNull()
})

test('a machine of one or two gigabytes is told before the start, a larger one not', () => {
  expect(shortageOf(size(600 * MEGA), 'cpu', null, 2)).toMatchObject({ of: 'machine', most: 2 ** 31 })
  expect(shortageOf(size(300 * MEGA), 'cpu', null, 1)).toMatchObject({ of: 'machine' })
  expect(shortageOf(size(300 * MEGA), 'cpu', null, 2)).toBeNull()
  expect(shortageOf(size(600 * MEGA), 'cpu', null, 4)).toBeNull()
})
