// Names of devices.

import { expect, test } from 'vitest'

import { adapterName } from './device'

test('adapters are named for people', () => {
  const name = (vendor: string, architecture: string, description = '') => adapterName({ vendor, architecture, description })
  expect(name('nvidia', 'ampere')).toBe('NVIDIA Ampere')
  expect(name('google', 'swiftshader')).toBe('Google SwiftShader')
  expect(name('intel', 'gen-12lp', 'Intel(R) Iris(R) Xe Graphics')).toBe('Intel(R) Iris(R) Xe Graphics')
  expect(name('', '')).toBe('')
})
