// A run as it can be cited.

import { expect, test } from 'vitest'

import { otherMaker } from '../../shell/made-by'
import type { RunRecord } from '../../shell/runs.svelte'
import { citationOf } from './cite'

const RUN = {
  name: 'Free bits & 100 %',
  data: { name: 'Example bookshop', users: 1000, items: 300, interactions: 12_568 },
  device: 'CPU, one core, SIMD',
  values: { seed: 7 },
} as unknown as RunRecord

test('a citation names version, seed and data, and its address begins the same again', () => {
  const origin = { page: 'https://lab.example/', version: '0.1.0', hash: '#v=1&seed=7&training.epochs=3', year: 2026 }
  const { address, sentence, bibtex } = citationOf(RUN, origin)
  expect(address).toBe('https://lab.example/?made-by=0.1.0&stage=train#v=1&seed=7&training.epochs=3')
  for (const part of ['version 0.1.0', 'seed 7', '“Free bits & 100 %”', 'Example bookshop (1000 users', 'CPU, one core', address]) {
    expect(sentence).toContain(part)
  }
  // Outside the address no sign means anything to TeX.
  expect(bibtex).toContain('Run Free bits 100, seed 7')
  expect(bibtex).toContain(`url = {${address}}`)
})

test('an address of another version is told from one of this', () => {
  expect(otherMaker('?made-by=0.1.0', '0.2.0')).toBe('0.1.0')
  expect(otherMaker('?made-by=0.2.0', '0.2.0')).toBeNull()
  expect(otherMaker('?stage=train', '0.2.0')).toBeNull()
})
