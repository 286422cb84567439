// A lesson in the address: which one, at which step, and which panels the class should not see.
//
// In: the keys `lesson`, `step`, `hide` and `rest` of the address's hash, beside the settings. Out: a link, or the keys that a link is written as.
// What is no lesson, no step or no panel is left out.

import { LESSON_IDS, lessonOf } from './all'
import type { LessonId } from './lesson'

export interface LessonLink {
  lesson: LessonId | null
  /** Counted from 0. */
  step: number
  hide: readonly PanelId[]
  /** Milliseconds of rest after each step; 0 for full speed. */
  rest: number
}

/** Longest rest that a link can ask for, in milliseconds. */
const MOST_REST = 10_000

/** Panels that a link can hide. */
export const PANELS = [
  'data',
  'configuration',
  'map',
  'loss',
  'validation',
  'sequence',
  'posterior',
  'epochs',
  'groups',
  'runs',
  'compare',
] as const
export type PanelId = (typeof PANELS)[number]

/** The keys of the address that are a lesson's. */
export const LESSON_KEYS: ReadonlySet<string> = new Set(['lesson', 'step', 'hide', 'rest'])

const isLesson = (name: string | null): name is LessonId => (LESSON_IDS as readonly (string | null)[]).includes(name)
const isPanel = (name: string): name is PanelId => (PANELS as readonly string[]).includes(name)

export function linkOf(hash: string): LessonLink {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''))
  const name = parameters.get('lesson')
  const hide = (parameters.get('hide') ?? '').split(',').filter(isPanel)
  const asked = Number(parameters.get('rest') ?? 0)
  const rest = Number.isInteger(asked) ? Math.min(Math.max(asked, 0), MOST_REST) : 0
  if (!isLesson(name)) return { lesson: null, step: 0, hide, rest }
  const written = Number(parameters.get('step') ?? 1)
  const last = lessonOf(name).steps.length
  const step = Number.isInteger(written) ? Math.min(Math.max(written, 1), last) - 1 : 0
  return { lesson: name, step, hide, rest }
}

/** The keys of a link, steps counted from 1 as people do. */
export function keysOf({ lesson, step, hide, rest }: LessonLink): Record<string, string> {
  return {
    ...(lesson ? { lesson, step: String(step + 1) } : {}),
    ...(hide.length > 0 ? { hide: hide.join(',') } : {}),
    ...(rest > 0 ? { rest: String(rest) } : {}),
  }
}
