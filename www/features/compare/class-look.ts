// Colours and numbers of a class's runs.

import type { Line } from '../../shell/plot'
import { duration, fixed, significant } from '../../shell/format'
import { text } from '../../shell/text'
import { type ClassRun, groupsOf, MEASURES, type Measure } from './class-runs'

const COLOURS = 6
const DASHES = [undefined, [8, 4], [2, 3], [10, 3, 2, 3]]

/** A line for each run: those with equal settings have one colour, and their names tell them apart. */
export function linesOf(runs: readonly ClassRun[]): Line[] {
  const groups = groupsOf(runs)
  // Where all settings are equal, or no two, a colour for each run says more.
  const byRun = groups.length === 1 || groups.length === runs.length
  return runs.map((run, at) => {
    const place = byRun ? at : groups.findIndex((group) => group.runs.includes(run))
    const dash = DASHES[Math.floor(place / COLOURS) % DASHES.length]
    return { label: run.label, token: `--run-${(place % COLOURS) + 1}`, ...(dash ? { dash } : {}) }
  })
}

/** A measure as people read it. */
export function measured(measure: Measure, value: number | null): string {
  if (value === null) return text.classRuns.none
  if (measure === 'seconds') return duration(value)
  if (measure === 'active_units' || measure === 'best_epoch' || measure === 'parameters') return String(value)
  return measure === 'kl' || measure === 'mutual_information' ? significant(value) : fixed(value, 4)
}

const ACROSS = 'measure:'

/** The name of what goes across: a setting, or a measure with its mark. */
export function acrossName(across: string): string {
  const measure = MEASURES.find((one) => across === ACROSS + one)
  return measure ? text.classRuns.measureNames[measure] : (text.config.fields[across]?.label ?? across)
}

export const acrossMeasure = (measure: Measure) => ACROSS + measure
