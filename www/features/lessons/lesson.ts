// A lesson: steps that wait for what a person really does on the page.
//
// In: a step's condition and the scene, which is what is loaded, set, trained and opened. Out: whether the step is done. A lesson is a
// data file beside this one; its words are in `text/lessons.ts` under the same names, its configurations in `configurations.json`,
// which a native test runs to see whether what the lesson tells is so.

import type { RunState } from '../../../pkg/src/protocol'
import type { Flat, Value } from '../../shell/settings'
import configurations from './configurations.json'

export type LessonId = 'collapse' | 'cure' | 'views' | 'tail'
export type ConfigurationName = keyof typeof configurations

/** What a step waits for. */
export type Until =
  /** To be read; the person goes on. */
  | { what: 'read' }
  /** Data is there. */
  | { what: 'loaded' }
  /** The form has these values. */
  | { what: 'set'; values: Flat }
  /** A run with the configuration has begun. */
  | { what: 'started'; configuration: ConfigurationName }
  /** It has been validated after so many epochs. */
  | { what: 'epoch'; configuration: ConfigurationName; epoch: number }
  /** The definition of a chart was opened. */
  | { what: 'opened'; chart: string }
  /** A choice in a panel was changed. */
  | { what: 'chosen'; panel: string }

/** What the page can do in a person's place. */
export type Action =
  { does: 'load' } | { does: 'set'; values: Flat } | { does: 'start'; configuration: ConfigurationName } | { does: 'open'; chart: string }

export interface Step {
  /** Key of its words. */
  id: string
  /** What it points at: the first of these selectors that is on the page. */
  target: readonly string[]
  until: Until
  /** "Do it for me". */
  action?: Action
}

export interface Lesson {
  id: LessonId
  /** The configuration that the form has when the lesson begins. */
  begins: ConfigurationName
  steps: readonly Step[]
}

/** What a step can see of the page. */
export interface Scene {
  loaded: boolean
  state: RunState
  /** The values of the form. */
  values: Flat
  /** The values of the run that is shown. */
  runValues: Flat | null
  /** Epochs after which that run was validated. */
  epochs: number
  /** Charts whose definition was opened, and panels in which something was chosen, since the step began. */
  opened: ReadonlySet<string>
  chosen: ReadonlySet<string>
}

/** What a configuration of the lessons says; everything else is as the defaults have it. */
export const valuesOf = (name: ConfigurationName): Flat => configurations[name] as Flat

/** A whole configuration. */
export const wholeOf = (name: ConfigurationName, defaults: Flat): Flat => ({ ...defaults, ...valuesOf(name) })

/** Whether the values are what the configuration says; the number of epochs, the seed and what it says nothing about may differ. */
export const isOf = (name: ConfigurationName, values: Flat | null): boolean =>
  values !== null && Object.entries(valuesOf(name)).every(([key, value]) => key === 'training.epochs' || same(values[key], value))

const same = (one: Value | undefined, other: Value): boolean => one === other

export function met(until: Until, scene: Scene): boolean {
  switch (until.what) {
    case 'read':
      return false
    case 'loaded':
      return scene.loaded
    case 'set':
      return Object.entries(until.values).every(([key, value]) => same(scene.values[key], value))
    case 'started':
      return isOf(until.configuration, scene.runValues) && scene.state !== 'ready' && scene.state !== 'empty'
    case 'epoch':
      return isOf(until.configuration, scene.runValues) && scene.epochs >= until.epoch
    case 'opened':
      return scene.opened.has(until.chart)
    case 'chosen':
      return scene.chosen.has(until.panel)
  }
}
