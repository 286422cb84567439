// The configuration in the address.

import { describe, expect, test } from 'vitest'

import { type Choices, USUAL } from '../features/data/choices'
import type { Config } from '../../pkg/src/protocol'
import { flatten, fromHash, nearestPreset, toHash, unflatten } from './settings'

const CONFIG = {
  seed: 42,
  model: { hidden_size: 32, hidden_dropout: 0.2 },
  view: { mode: 'model' },
} as Config

describe('the address', () => {
  const defaults = flatten(CONFIG)

  test('is empty for the defaults', () => {
    expect(toHash(defaults, defaults, USUAL)).toBe('')
  })

  test('holds what differs and gives it back', () => {
    const values = { ...defaults, seed: 7, 'model.hidden_dropout': 1e-7, 'view.mode': 'avae' }
    const choices: Choices = { ...USUAL, min_item: 3, from: '2024-01-31', rule: 'time_cut', test_percent: 20 }
    const hash = toHash(values, defaults, choices)
    expect(hash).toBe(
      '#v=1&seed=7&model.hidden_dropout=1e-7&view.mode=avae&filter.from=2024-01-31&filter.min_item=3&split.rule=time_cut&split.test_percent=20',
    )
    expect(fromHash(hash, defaults)).toMatchObject({ values, choices, unknown: [], otherVersion: false })
    expect(unflatten(CONFIG, values).model?.hidden_dropout).toBe(1e-7)
    expect(CONFIG.seed).toBe(42)
  })

  test('names a preset and what differs from it', () => {
    const avae = { ...defaults, 'view.mode': 'avae' }
    const presets = { default: defaults, avae }
    const hash = toHash({ ...avae, seed: 7 }, avae, USUAL, {}, 'avae')
    expect(hash).toBe('#v=2&preset=avae&seed=7')
    expect(fromHash(hash, defaults, presets)).toMatchObject({
      preset: 'avae',
      defaults: avae,
      values: { ...avae, seed: 7 },
      otherVersion: false,
    })
    expect(toHash(avae, avae, USUAL, {}, 'avae')).toBe('#v=2&preset=avae')
    const stranger = fromHash('#v=2&preset=vae&seed=7', defaults, presets)
    expect(stranger).toMatchObject({ preset: 'default', values: { ...defaults, seed: 7 }, unknown: ['preset=vae'] })
    const named = Object.entries(presets).map(([name, values]) => ({ name, values }))
    expect(nearestPreset({ ...avae, seed: 7 }, named)?.name).toBe('avae')
    expect(nearestPreset(defaults, named)?.name).toBe('default')
  })

  test('leaves out what it does not know, by name', () => {
    const found = fromHash('#v=9&model.wings=2&seed=many&k_core=0&split.rule=by_moon&filter.min_user=&model.hidden_size=8', defaults)
    expect(found.unknown).toEqual(['model.wings', 'seed', 'k_core', 'split.rule', 'filter.min_user'])
    expect(found.choices).toEqual(USUAL)
    expect(found.values).toEqual({ ...defaults, 'model.hidden_size': 8 })
    expect(found.otherVersion).toBe(true)
  })
})

test('an earlier address has one minimum for both', () => {
  expect(fromHash('#v=1&k_core=3', {}).choices).toEqual({ ...USUAL, min_user: 3, min_item: 3 })
})
