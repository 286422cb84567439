// Numbers, files and paces as people read them.

import { describe, expect, test } from 'vitest'

import { fileName } from './checkpoint'
import { bytes, count, duration, percent, significant } from './format'
import { Pace } from './pace'

test('the pace is that of the last moments', () => {
  const pace = new Pace()
  pace.add(0, 0)
  pace.add(100, 10)
  expect(pace.rate()).toBeNull()
  for (let at = 500; at <= 10_000; at += 500) pace.add(at, at < 5000 ? at : 5000 + (at - 5000) * 3)
  expect(pace.rate()).toBeCloseTo(3000)
})

test('numbers read well', () => {
  expect([0, 9, 61, 3700].map(duration)).toEqual(['0 s', '9 s', '1 min 01 s', '1 h 01 min'])
  expect([12, 2945101, 11.71e9].map(bytes)).toEqual(['12 B', '2.9 MB', '11.7 GB'])
  expect([0.0419, 0.5, 0].map(percent)).toEqual(['4.2 %', '50 %', '0 %'])
  expect([999, 1000, 1234567].map(count)).toEqual(['999', '1,000', '1,234,567'])
  expect([1234.5, 123.4, 1.234, 0.01234, 0].map(significant)).toEqual(['1,235', '123.4', '1.23', '0.0123', '0.0000'])
})

describe('a checkpoint', () => {
  test('has a name that every file system takes', () => {
    expect(fileName('Example bookshop', 3)).toBe('contrastvae-example-bookshop-epoch3.zip')
    expect(fileName('u.data', 12)).toBe('contrastvae-u-epoch12.zip')
    expect(fileName('Bücher: 2024/05 (neu).csv', 0)).toBe('contrastvae-bucher-2024-05-neu-epoch0.zip')
    expect(fileName('…', 1)).toBe('contrastvae-run-epoch1.zip')
    expect(fileName('x'.repeat(300), 1)).toBe(`contrastvae-${'x'.repeat(40)}-epoch1.zip`)
  })
})
