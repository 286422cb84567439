// A lesson: steps that wait for what a person really does on the page, some of them with a question before the experiment.
//
// In: a step's condition and the scene, which is what is loaded, set, trained, ranked and opened. Out: whether the step is done, and the
// number that the question asked for. A lesson is a data file beside this one; its words are in `words-en.ts` and `words-zh-hant.ts` under the same names,
// its configurations in `configurations.json`, which a native test trains, and its numbers in `expected.json`, which that test writes.

import type { RunState } from '../../../pkg/src/protocol'
import type { Flat, Value } from '../../shell/settings'
import configurations from './configurations.json'
import type { Measure } from './measure'

export type LessonId = 'recommender' | 'collapse' | 'cure' | 'views' | 'tail' | 'own'
export type ConfigurationName = keyof typeof configurations

/** What a step waits for. */
export type Until =
  /** To be read; the person goes on. */
  | { what: 'read' }
  /** Its question has an answer. */
  | { what: 'answered' }
  /** Data is there; `own`: and it is not the example as the page brings it. */
  | { what: 'loaded'; own?: true }
  /** The form has these values. */
  | { what: 'set'; values: Flat }
  /** A run with the configuration has begun. */
  | { what: 'started'; configuration: ConfigurationName }
  /** It has been validated after so many epochs. */
  | { what: 'epoch'; configuration: ConfigurationName; epoch: number }
  /** Some run has been, whatever its settings. */
  | { what: 'trained'; epoch: number }
  /** The baselines are ranked on the data. */
  | { what: 'ranked' }
  /** The definition of a chart was opened. */
  | { what: 'opened'; chart: string }
  /** A run is set beside the present one. */
  | { what: 'beside' }
  /** A history was made to recommend for. */
  | { what: 'tried' }

/** What the page can do in a person's place. */
export type Action =
  | { does: 'load'; seed?: number }
  | { does: 'set'; values: Flat }
  | { does: 'start'; configuration: ConfigurationName }
  | { does: 'train'; epochs: number }
  | { does: 'rank' }
  | { does: 'open'; chart: string }
  /** Sets the first run of the lesson beside the present one. */
  | { does: 'beside' }
  | { does: 'try' }

/** A question before the experiment. */
export type Question =
  /** A number, which the experiment then shows. */
  | { kind: 'number'; measure: Measure; least: number; most: number; step: number; beside: string }
  /** One of several answers, of which one is right; their words have the same names. */
  | { kind: 'choice'; options: readonly string[]; right: string; beside: string }

export interface Step {
  /** Key of its words. */
  id: string
  /** What it points at: the first of these selectors that is on the page. */
  target: readonly string[]
  ask?: Question
  until: Until
  /** "Do it for me". */
  action?: Action
}

export interface Lesson {
  id: LessonId
  /** About how long it takes on one core, with time to think. */
  minutes: number
  /** The configuration that the form has when the lesson begins. */
  begins: ConfigurationName
  steps: readonly Step[]
}

/** What a step can see of the page. */
export interface Scene {
  loaded: boolean
  /** Whether what is loaded is not the example as the page brings it. */
  own: boolean
  state: RunState
  /** The values of the form. */
  values: Flat
  /** The values of the run that is shown. */
  runValues: Flat | null
  /** Epochs after which that run was validated. */
  epochs: number
  ranked: boolean
  answered: boolean
  beside: boolean
  tried: boolean
  /** Charts whose definition was opened since the step began. */
  opened: ReadonlySet<string>
}

/** The values of a configuration of the lessons; everything else is as the defaults have it. */
export const valuesOf = (name: ConfigurationName): Flat => configurations[name] as Flat

export const CONFIGURATIONS = Object.keys(configurations) as ConfigurationName[]

/** A whole configuration. */
export const wholeOf = (name: ConfigurationName, defaults: Flat): Flat => ({ ...defaults, ...valuesOf(name) })

/** Whether the values are those of the configuration; the number of epochs, the seed and what it does not name may differ. */
export const isOf = (name: ConfigurationName, values: Flat | null): boolean =>
  values !== null && Object.entries(valuesOf(name)).every(([key, value]) => key === 'training.epochs' || same(values[key], value))

const same = (one: Value | undefined, other: Value): boolean => one === other

export function met(until: Until, scene: Scene): boolean {
  switch (until.what) {
    case 'read':
      return true
    case 'answered':
      return scene.answered
    case 'loaded':
      return scene.loaded && (!until.own || scene.own)
    case 'set':
      return Object.entries(until.values).every(([key, value]) => same(scene.values[key], value))
    case 'started':
      return isOf(until.configuration, scene.runValues) && scene.state !== 'ready' && scene.state !== 'empty'
    case 'epoch':
      return isOf(until.configuration, scene.runValues) && scene.epochs >= until.epoch
    case 'trained':
      return scene.runValues !== null && scene.epochs >= until.epoch
    case 'ranked':
      return scene.ranked
    case 'opened':
      return scene.opened.has(until.chart)
    case 'beside':
      return scene.beside
    case 'tried':
      return scene.tried
  }
}
