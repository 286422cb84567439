// The lessons as data: what a step waits for, what a link says, and that nothing is missing.

import { describe, expect, test } from 'vitest'

import { lessons as words } from './words'
import { LESSON_IDS, LESSONS, lessonOf } from './all'
import configurations from './configurations.json'
import { type ConfigurationName, met, type Scene, valuesOf } from './lesson'
import { keysOf, linkOf } from './link'

const SCENE: Scene = {
  loaded: false,
  state: 'empty',
  values: {},
  runValues: null,
  epochs: 0,
  opened: new Set(),
  chosen: new Set(),
}

describe('a step', () => {
  const run = { ...valuesOf('collapse'), seed: 9, 'training.epochs': 3, 'model.layers': 2 }

  test('waits for the very thing', () => {
    expect(met({ what: 'read' }, { ...SCENE, loaded: true })).toBe(false)
    expect(met({ what: 'loaded' }, SCENE)).toBe(false)
    expect(met({ what: 'loaded' }, { ...SCENE, loaded: true })).toBe(true)
    const set = { what: 'set', values: { 'objective.kl_weight': 0.01 } } as const
    expect(met(set, { ...SCENE, values: { 'objective.kl_weight': 0.1 } })).toBe(false)
    expect(met(set, { ...SCENE, values: { 'objective.kl_weight': 0.01, seed: 1 } })).toBe(true)
    const opened = { what: 'opened', chart: 'epochs-plane' } as const
    expect(met(opened, { ...SCENE, opened: new Set(['loss-shares']) })).toBe(false)
    expect(met(opened, { ...SCENE, opened: new Set(['epochs-plane']) })).toBe(true)
  })

  test('takes a run for the lesson’s whatever its seed, its epochs and what the lesson does not set', () => {
    const begun = { what: 'started', configuration: 'collapse' } as const
    const reached = { what: 'epoch', configuration: 'collapse', epoch: 2 } as const
    expect(met(begun, { ...SCENE, runValues: run, state: 'running' })).toBe(true)
    expect(met(begun, { ...SCENE, runValues: null, state: 'running' })).toBe(false)
    expect(met(reached, { ...SCENE, runValues: run, state: 'running', epochs: 1 })).toBe(false)
    expect(met(reached, { ...SCENE, runValues: run, state: 'finished', epochs: 2 })).toBe(true)
    expect(met(reached, { ...SCENE, runValues: { ...run, 'objective.kl_weight': 0.5 }, epochs: 2 })).toBe(false)
  })
})

describe('the lessons', () => {
  const names = Object.keys(configurations) as ConfigurationName[]

  test('differ in their configurations, so that one run is not taken for another', () => {
    for (const one of names) {
      for (const other of names) {
        const same = met({ what: 'epoch', configuration: one, epoch: 1 }, { ...SCENE, runValues: valuesOf(other), epochs: 1 })
        expect([one, other, same]).toEqual([one, other, one === other])
      }
    }
  })

  test('have words for each step in each language, and no others', () => {
    for (const { id, steps } of LESSONS) {
      const keys = steps.map((step) => step.id)
      expect(new Set(keys).size).toBe(keys.length)
      for (const language of [words.en, words.zhHant]) expect(Object.keys(language.courses[id].steps)).toEqual(keys)
    }
  })

  test('reach the epochs that they wait for', () => {
    for (const { until } of LESSONS.flatMap(({ steps }) => steps)) {
      if (until.what === 'epoch') expect(until.epoch).toBeLessThanOrEqual(Number(valuesOf(until.configuration)['training.epochs']))
    }
  })
})

describe('a link', () => {
  test('comes back as it was', () => {
    for (const lesson of LESSON_IDS) {
      const link = { lesson, step: lessonOf(lesson).steps.length - 1, hide: ['map', 'runs'] } as const
      expect(linkOf(`#v=1&seed=3&${new URLSearchParams(keysOf(link)).toString()}`)).toEqual(link)
    }
    expect(keysOf({ lesson: null, step: 4, hide: [] })).toEqual({})
  })

  test('is read as far as it makes sense', () => {
    expect(linkOf('#lesson=alchemy&step=2&hide=map,everything,')).toEqual({ lesson: null, step: 0, hide: ['map'] })
    expect(linkOf('#lesson=collapse&step=-3').step).toBe(0)
    expect(linkOf('#lesson=collapse&step=x').step).toBe(0)
    expect(linkOf('#lesson=collapse&step=900').step).toBe(lessonOf('collapse').steps.length - 1)
    expect(linkOf('')).toEqual({ lesson: null, step: 0, hide: [] })
  })
})
