// Filter, split and columns as choices.

import { describe, expect, test } from 'vitest'

import { toOptions, USUAL, withOptions } from './choices'
import { readList } from './local-data'
import { missingRoles, needsCheck, withLayout, withRole } from './mapping'
import type { Mapping } from '../../../pkg/src/protocol'

describe('the choices about a log', () => {
  test('become options; what is usual depends on what is loaded', () => {
    expect(toOptions(USUAL, 'file')).toEqual({ filter: { repeats: 'keep', min_user: 5, min_item: 5 }, split: { rule: 'leave_one_out' } })
    expect(toOptions({ ...USUAL, min_item: 2, to: ' 2024-01-31 ', rule: 'time_cut' }, 'example')).toEqual({
      filter: { repeats: 'keep', min_user: 1, min_item: 2, to: '2024-01-31' },
      split: { rule: 'time_cut', valid_percent: 10, test_percent: 10 },
    })
  })

  test('take over what a script gives', () => {
    const choices = { ...USUAL, min_rating: 3 }
    expect(withOptions(choices, {}, 'file')).toEqual(choices)
    expect(withOptions(choices, { filter: { min_user: 2 } }, 'file')).toEqual({ ...USUAL, min_user: 2 })
    expect(withOptions(choices, { split: { rule: 'time_cut', valid_percent: 5, test_percent: 6 } }, 'file')).toEqual({
      ...choices,
      rule: 'time_cut',
      valid_percent: 5,
      test_percent: 6,
    })
  })
})

test('the minimum of an example that was taken up again is not that of the next file', () => {
  const kept = toOptions(USUAL, 'example')
  expect(kept.filter).toMatchObject({ min_user: 1, min_item: 1 })
  const choices = withOptions(USUAL, kept, 'example')
  expect(choices).toEqual(USUAL)
  expect(toOptions(choices, 'file').filter).toMatchObject({ min_user: 5, min_item: 5 })
  // Of a file a minimum of 1 is a choice.
  expect(toOptions(withOptions(USUAL, { filter: { min_user: 1 } }, 'file'), 'file').filter).toMatchObject({ min_user: 1, min_item: 5 })
})

describe('corrections of how a file is understood', () => {
  const mapping: Mapping = {
    layout: 'delimited',
    separator: 'comma',
    header: true,
    roles: ['user', 'item', 'time', 'ignored'],
    time: 'seconds',
  }

  test('move a role from one column to another', () => {
    expect(withRole(mapping, 3, 'item')).toEqual({ ...mapping, roles: ['user', 'ignored', 'time', 'item'] })
    expect(missingRoles(withRole(mapping, 0, 'item'))).toEqual(['user'])
    expect(missingRoles(mapping)).toEqual([])
  })

  test('find out the times anew where another column has them', () => {
    expect(withRole(mapping, 3, 'time')).toEqual({ ...mapping, roles: ['user', 'item', 'ignored', 'time'], time: undefined })
  })

  test('find out the columns anew where the layout changes', () => {
    expect(withLayout(mapping, { separator: 'tab' })).toEqual({ ...mapping, separator: 'tab', roles: [], time: undefined })
    expect(missingRoles(withLayout(mapping, { header: false }))).toEqual([])
  })

  test('are asked for where the guess is weak', () => {
    const column = { name: 'a', role: 'item' as const, confidence: Math.fround(0.7) }
    expect(needsCheck(column)).toBe(false)
    expect(needsCheck({ ...column, confidence: 0.6 })).toBe(true)
    expect(needsCheck({ ...column, confidence: 0.6, role: 'ignored' })).toBe(false)
  })
})

test('only data sets of the own origin are offered', () => {
  const set = { name: 'A', files: ['data/a.csv'], licence: 'Free.', note: '' }
  const page = 'https://example.org/lab/'
  expect(readList([set, { ...set, files: ['https://elsewhere.org/a.csv'] }, { files: ['b'] }, null, { ...set, files: [] }], page)).toEqual([
    set,
  ])
  expect(readList({}, page)).toEqual([])
})
