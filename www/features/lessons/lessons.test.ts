// The lessons as data: what a step waits for, what a link says, and that nothing is missing.

import { describe, expect, test } from 'vitest'

import { lessons as words } from './words'
import { LESSON_IDS, LESSONS, lessonOf } from './all'
import configurations from './configurations.json'
import expected from './expected.json'
import { type ConfigurationName, met, type Scene, valuesOf } from './lesson'
import { keysOf, linkOf } from './link'
import { measured } from './measure'

const SCENE: Scene = {
  loaded: false,
  own: false,
  state: 'empty',
  values: {},
  runValues: null,
  epochs: 0,
  ranked: false,
  answered: false,
  beside: false,
  tried: false,
  opened: new Set(),
}

const STEPS = LESSONS.flatMap((lesson) => lesson.steps.map((step) => ({ lesson, step, key: `${lesson.id}.${step.id}` })))

describe('a step', () => {
  const run = { ...valuesOf('collapse'), seed: 9, 'training.epochs': 3, 'model.layers': 2 }

  test('waits for the very thing', () => {
    expect(met({ what: 'loaded' }, SCENE)).toBe(false)
    expect(met({ what: 'loaded' }, { ...SCENE, loaded: true })).toBe(true)
    expect(met({ what: 'loaded', own: true }, { ...SCENE, loaded: true })).toBe(false)
    expect(met({ what: 'loaded', own: true }, { ...SCENE, loaded: true, own: true })).toBe(true)
    const set = { what: 'set', values: { 'objective.kl_weight': 0.01 } } as const
    expect(met(set, { ...SCENE, values: { 'objective.kl_weight': 0.1 } })).toBe(false)
    expect(met(set, { ...SCENE, values: { 'objective.kl_weight': 0.01, seed: 1 } })).toBe(true)
    const opened = { what: 'opened', chart: 'epochs-active' } as const
    expect(met(opened, { ...SCENE, opened: new Set(['epochs-kl']) })).toBe(false)
    expect(met(opened, { ...SCENE, opened: new Set(['epochs-active']) })).toBe(true)
    for (const [what, flag] of [
      ['ranked', 'ranked'],
      ['answered', 'answered'],
      ['beside', 'beside'],
      ['tried', 'tried'],
    ] as const) {
      expect(met({ what }, SCENE)).toBe(false)
      expect(met({ what }, { ...SCENE, [flag]: true })).toBe(true)
    }
  })

  test('knows its run by the settings that it names, whatever the seed', () => {
    const epoch = { what: 'epoch', configuration: 'collapse', epoch: 4 } as const
    expect(met(epoch, { ...SCENE, runValues: run, epochs: 4 })).toBe(true)
    expect(met(epoch, { ...SCENE, runValues: run, epochs: 3 })).toBe(false)
    expect(met(epoch, { ...SCENE, runValues: { ...run, 'objective.kl_weight': 0.5 }, epochs: 4 })).toBe(false)
    const started = { what: 'started', configuration: 'collapse' } as const
    expect(met(started, { ...SCENE, runValues: run, state: 'running' })).toBe(true)
    expect(met(started, { ...SCENE, runValues: run, state: 'ready' })).toBe(false)
  })
})

describe('the lessons', () => {
  test('have words for every step, in both languages', () => {
    for (const { lesson, step, key } of STEPS) {
      for (const { courses } of [words.en, words.zhHant]) {
        const said = courses[lesson.id].steps[step.id]
        expect(said?.heading, key).toBeTruthy()
        // Something to do or to answer; and what comes out is told where something came out.
        expect(said?.say ?? said?.ask, key).toBeTruthy()
        expect(Boolean(said?.ask), key).toBe(step.ask !== undefined)
        if (step.ask) expect(said?.explain, key).toBeTruthy()
        const options = step.ask?.kind === 'choice' ? [...step.ask.options].sort() : []
        expect(Object.keys(said?.options ?? {}).sort(), key).toEqual(options)
        if (step.ask?.kind === 'choice') expect(step.ask.options, key).toContain(step.ask.right)
      }
    }
  })

  test('have a card that asks in a sentence, and does not answer', () => {
    for (const id of LESSON_IDS) {
      for (const [{ courses }, question] of [
        [words.en, '?'],
        [words.zhHant, '？'],
      ] as const) {
        const { title, about, shows } = courses[id]
        expect(title && shows, id).toBeTruthy()
        expect(about.endsWith(question) && about.split(/\s+/).length <= 16, `${id}: ${about}`).toBe(true)
      }
    }
  })

  test('have no words without a step', () => {
    for (const { courses } of [words.en, words.zhHant]) {
      expect(Object.keys(courses).sort()).toEqual([...LESSON_IDS].sort())
      for (const lesson of LESSONS) {
        expect(Object.keys(courses[lesson.id].steps)).toEqual(lesson.steps.map(({ id }) => id))
      }
    }
  })

  test('can be done by the page to their ends', () => {
    for (const { step, key } of STEPS) {
      const byItself = step.until.what === 'read' || step.until.what === 'answered'
      expect(step.action !== undefined || byItself, key).toBe(true)
    }
  })

  test('ask before the run that answers, and have a value to expect', () => {
    for (const { step, key } of STEPS) {
      if (step.ask?.kind !== 'number') continue
      expect(expected, key).toHaveProperty([key])
      expect((expected as Record<string, number>)[key], key).toBeGreaterThanOrEqual(step.ask.least)
      expect((expected as Record<string, number>)[key], key).toBeLessThanOrEqual(step.ask.most)
    }
    const asked = STEPS.filter(({ step }) => step.ask?.kind === 'number').map(({ key }) => key)
    expect(Object.keys(expected).sort()).toEqual(asked.sort())
  })

  test('are short to read, and point at nothing outside the page', () => {
    for (const { lesson, step, key } of STEPS) {
      const said = words.en.courses[lesson.id].steps[step.id]
      for (const line of [said?.ask, said?.say, said?.explain]) {
        expect(line?.split(/\s+/).length ?? 0, `${key}: ${line}`).toBeLessThanOrEqual(45)
      }
      for (const { courses } of [words.en, words.zhHant]) {
        expect(JSON.stringify(courses[lesson.id].steps[step.id]), key).not.toMatch(/https?:|docs\//)
      }
    }
  })

  test('train configurations that each have a name, and no two of which are taken for each other', () => {
    const names = Object.keys(configurations) as ConfigurationName[]
    for (const name of names) {
      expect(words.en.runs[name] && words.zhHant.runs[name], name).toBeTruthy()
      const own = { ...valuesOf(name) }
      const taken = names.filter((other) => met({ what: 'epoch', configuration: other, epoch: 1 }, { ...SCENE, runValues: own, epochs: 1 }))
      expect(taken).toEqual([name])
    }
  })
})

describe('a measure', () => {
  test('is that of the epoch, or none', () => {
    const look = (epoch: number, active_units: number) => ({ epoch, report: { last: { active_units } } }) as never
    const instruments = { validation: [], looks: [look(1, 12), look(2, 3)], baselines: [], median: 10 }
    expect(measured('active', instruments, 1)).toBe(12)
    expect(measured('active', instruments)).toBe(3)
    expect(measured('active', instruments, 5)).toBeNull()
    expect(measured('ndcg', instruments)).toBeNull()
    expect(measured('median', instruments)).toBe(10)
  })
})

describe('a link', () => {
  test('comes back as it was written', () => {
    for (const id of LESSON_IDS) {
      const link = { lesson: id, step: lessonOf(id).steps.length - 1, hide: ['map', 'runs'], rest: 300 } as const
      expect(linkOf(`#${new URLSearchParams(keysOf(link))}`)).toEqual(link)
    }
    expect(keysOf({ lesson: null, step: 3, hide: [], rest: 0 })).toEqual({})
  })

  test('survives being mistyped', () => {
    expect(linkOf('#lesson=nonsense&step=4&hide=map,nothing&rest=-5')).toEqual({ lesson: null, step: 0, hide: ['map'], rest: 0 })
    expect(linkOf('#lesson=tail&step=99&rest=quick').step).toBe(lessonOf('tail').steps.length - 1)
    expect(linkOf('#lesson=tail&step=-2').step).toBe(0)
    expect(linkOf('#lesson=tail&step=two').step).toBe(0)
  })
})
