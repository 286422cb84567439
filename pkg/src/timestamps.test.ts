// Adapters without timestamps.

import { expect, test } from 'vitest'

import { doWithoutTimestamps } from './timestamps'

/** An adapter with those features, and what its devices were asked for. */
class Adapter {
  asked: string[][] = []
  #features: Set<string>
  constructor(features: string[]) {
    this.#features = new Set(features)
  }
  get features() {
    return this.#features
  }
  requestDevice(descriptor: { requiredFeatures?: string[]; label?: string } = {}) {
    const required = descriptor.requiredFeatures ?? []
    if (required.some((feature) => !this.#features.has(feature))) return Promise.reject(new TypeError('unsupported feature'))
    this.asked.push(required)
    return Promise.resolve(descriptor.label)
  }
}

/** What a runtime does that asks for all that an adapter has. */
async function start(adapter: Adapter | null) {
  const gpu = { requestAdapter: () => Promise.resolve(adapter) }
  doWithoutTimestamps(gpu as unknown as GPU)
  const found = (await gpu.requestAdapter()) as Adapter
  return found && found.requestDevice({ label: 'mine', requiredFeatures: [...found.features] })
}

test('a device is had without timestamps where the adapter has none, and with them where it has', async () => {
  const without = new Adapter(['subgroups'])
  expect(await start(without)).toBe('mine')
  expect(without.features.has('timestamp-query')).toBe(true)
  expect(without.asked).toEqual([['subgroups']])
  const having = new Adapter(['subgroups', 'timestamp-query'])
  expect(await start(having)).toBe('mine')
  expect(having.asked).toEqual([['subgroups', 'timestamp-query']])
  expect(await start(null)).toBeNull()
})
