// Names of devices, and which of them is taken.

import { afterEach, expect, test, vi } from 'vitest'

import { adapterName, choose, hasWebAssembly2 } from './device'

afterEach(() => vi.unstubAllGlobals())

test('adapters are named for people', () => {
  const name = (vendor: string, architecture: string, description = '') => adapterName({ vendor, architecture, description })
  expect(name('nvidia', 'ampere')).toBe('NVIDIA Ampere')
  expect(name('google', 'swiftshader')).toBe('Google SwiftShader')
  expect(name('intel', 'gen-12lp', 'Intel(R) Iris(R) Xe Graphics')).toBe('Intel(R) Iris(R) Xe Graphics')
  expect(name('', '')).toBe('')
})

/** The choice in a browser whose `navigator.gpu` is that. */
function chosen(gpu: unknown) {
  vi.stubGlobal('navigator', { gpu })
  return choose('auto', null)
}

const offers = (adapter: unknown) => ({ requestAdapter: () => Promise.resolve(adapter) })

test('where there is no WebGPU, as in some workers, the CPU is taken', async () => {
  expect(await chosen(undefined)).toMatchObject({ kind: 'cpu', because: 'noWebGpu' })
  expect(await chosen(offers(null))).toMatchObject({ kind: 'cpu', because: 'noAdapter' })
  expect(await chosen({ requestAdapter: () => Promise.reject(new Error('blocked')) })).toMatchObject({ kind: 'cpu', because: 'failed' })
})

test('an adapter that hides its name is judged by what it can do', async () => {
  const limits = { maxComputeInvocationsPerWorkgroup: 128 }
  const nameless = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false }
  expect(await chosen(offers({ limits, info: nameless }))).toMatchObject({ adapter: '', because: 'tooSmall' })
  // Earlier editions of WebGPU tell nothing of an adapter.
  expect(await chosen(offers({ limits }))).toMatchObject({ adapter: '', because: 'tooSmall' })
  expect(await chosen(offers({ limits, isFallbackAdapter: true }))).toMatchObject({ because: 'software' })
})

test('a GPU that computed something else is refused by its name, and the largest buffer of one that is taken is told', async () => {
  const failure = { because: 'wrong', adapter: 'Card', detail: 'differs' } as const
  expect(await choose('auto', failure)).toMatchObject({ kind: 'cpu', because: 'wrong', adapter: 'Card', buffer_bytes: null })
  const limits = { maxComputeInvocationsPerWorkgroup: 256, maxStorageBufferBindingSize: 134_217_728, maxBufferSize: 268_435_456 }
  const info = { vendor: 'arm', architecture: 'valhall', device: '', description: '', isFallbackAdapter: false }
  expect(await chosen(offers({ limits, info }))).toMatchObject({ kind: 'gpu', adapter: 'Arm Valhall', buffer_bytes: 134_217_728 })
})

test('this engine has all of WebAssembly that is asked for, and one without SIMD has not', () => {
  expect(hasWebAssembly2()).toBe(true)
  vi.stubGlobal('WebAssembly', { validate: (bytes: Uint8Array) => !bytes.includes(253) })
  expect(hasWebAssembly2()).toBe(false)
})
