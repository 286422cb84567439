// The configuration in the address, and the table of settings.

import { describe, expect, test } from 'vitest'

import { type Choices, USUAL } from '../features/data/choices'
import type { Config } from '../../pkg/src/protocol'
import { FIELDS, flatten, fromHash, hasEffect, nearestPreset, toHash, unflatten } from './settings'
import { CATALOGUES } from './text'

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

describe('the table of settings', () => {
  test('has words for each setting and each of its options, in both languages', () => {
    for (const { config } of Object.values(CATALOGUES)) {
      for (const [key, { options, unit }] of Object.entries(FIELDS)) {
        expect(config.fields[key], key).toMatchObject({ label: expect.any(String), help: expect.any(String) })
        for (const option of options ?? []) expect(config.options[option], option).toEqual(expect.any(String))
        if (unit) expect(config.units[unit], unit).toEqual(expect.any(String))
        const group = key.split('.')[0] ?? ''
        if (key.includes('.') && !FIELDS[key]?.first)
          expect(config.groups[group as keyof typeof config.groups], group).toEqual(expect.any(String))
      }
      expect(Object.keys(config.fields).filter((key) => !(key in FIELDS))).toEqual([])
    }
  })

  test('tells what has an effect', () => {
    const values = Object.fromEntries(Object.entries(FIELDS).map(([key, info]) => [key, info.default]))
    expect(hasEffect('view.crop', values)).toBe(false)
    expect(hasEffect('view.crop', { ...values, 'view.mode': 'data' })).toBe(true)
    expect(hasEffect('view.crop', { ...values, 'view.mode': 'data', 'model.kind': 'vaecf' })).toBe(false)
    expect(hasEffect('model.logvar_bias', { ...values, 'model.linear_logvar': true })).toBe(true)
    expect(hasEffect('training.epochs', values)).toBe(true)
  })
})
