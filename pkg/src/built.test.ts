import { expect, test } from 'vitest'

import { FOR_NOW, isBuilt, readBehind } from './built'

test('only the three states of the builds behind the page are taken', () => {
  expect(['under way', 'ready', 'failed'].map((state) => readBehind({ state }))).toEqual(['under way', 'ready', 'failed'])
  expect([null, [], 'ready', {}, { state: 1 }, { state: 'over' }].map(readBehind)).toEqual(Array(6).fill(null))
})

test('the CPU module is always there, and nothing is awaited', () => {
  expect(isBuilt('cpu')).toBe(true)
  expect(FOR_NOW).toBe(false)
})
