import { afterEach, expect, test, vi } from 'vitest'

import { mostThreads, plan, readThreads, sharedMemory, usualThreads } from './threads'

afterEach(() => vi.unstubAllGlobals())

test('a small machine trains on all cores, a larger one leaves one free, and none uses more than eight', () => {
  expect([1, 2, 3, 4, 8, 9, 64].map(usualThreads)).toEqual([1, 2, 3, 3, 7, 8, 8])
  expect([1, 2, 8, 64].map(mostThreads)).toEqual([1, 2, 8, 8])
})

test('the address may ask for fewer or more, never for more than there are', () => {
  const read = (search: string) => readThreads(search, 4)
  expect(['', '?threads=1', '?threads=4', '?threads=9'].map(read)).toEqual([null, 1, 4, 4])
  expect(['?threads=0', '?threads=-1', '?threads=1.5', '?threads=all', '?threads='].map(read)).toEqual([null, null, null, null, null])
})

test('several cores need an isolated page', () => {
  expect(plan(null, 2, true, true)).toEqual({ count: 2, because: 'all' })
  expect(plan(null, 8, true, true)).toEqual({ count: 7, because: 'all' })
  expect(plan(2, 8, true, true)).toEqual({ count: 2, because: 'asked' })
  expect(plan(null, 8, false, true)).toEqual({ count: 1, because: 'notIsolated' })
  expect(plan(1, 8, false, true)).toEqual({ count: 1, because: 'asked' })
  expect(plan(null, 1, true, true)).toEqual({ count: 1, because: 'oneCore' })
  expect(plan(null, 8, false, false)).toEqual({ count: 1, because: 'notBuilt' })
})

test('a browser that refuses a large shared memory is asked for a smaller one, and one that refuses all has none', () => {
  const Memory = WebAssembly.Memory
  const refusing = (most: number) =>
    vi.stubGlobal('WebAssembly', {
      Memory: class extends Memory {
        constructor(wish: WebAssembly.MemoryDescriptor) {
          if ((wish.maximum ?? 0) > most) throw new RangeError('could not allocate memory')
          super(wish)
        }
      },
    })
  expect(sharedMemory()?.buffer).toBeInstanceOf(SharedArrayBuffer)
  refusing(20_000)
  expect(sharedMemory()).not.toBeNull()
  refusing(1_000)
  expect(sharedMemory()).toBeNull()
})
