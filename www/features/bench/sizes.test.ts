// The logs and settings of the measurement, which are those of the native one.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { expect, test } from 'vitest'

import { foretold, logOf, SIZES } from './sizes'

test('a log has each of its items twice, and twenty items a user', () => {
  for (const size of SIZES.filter(({ items }) => items > 0).slice(0, 2)) {
    const lines = logOf(size).trimEnd().split('\n')
    expect(lines).toHaveLength(size.items / 10)
    const counts = new Map<string, number>()
    for (const line of lines) {
      const [, ...items] = line.split(' ')
      expect(items).toHaveLength(20)
      for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
    }
    expect(counts.size).toBe(size.items)
    expect([...counts.values()].every((count) => count === 2)).toBe(true)
  }
})

test('the sizes are those of the native benchmark', () => {
  const native = readFileSync(resolve(import.meta.dirname, '../../../benches/gpu.rs'), 'utf8')
  const numbers = (name: string) =>
    [...native.matchAll(new RegExp(`^ +${name}: ([\\d_]+),`, 'gm'))].map(([, digits]) => Number(digits?.replaceAll('_', '')))
  for (const name of ['width', 'items', 'batch', 'compared'] as const) {
    expect(numbers(name), name).toEqual(SIZES.map((size) => size[name]))
  }
})

test('a step of ten times the work is foretold to take ten times as long', () => {
  expect(foretold(0.5, 2e9, 2e10)).toBe(5)
})
