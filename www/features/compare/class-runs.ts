// The runs of a class beside each other: which are the same, which are on other data, what they differ in, and how equal ones spread.
//
// In: runs of files, in the order in which they came. Out: plain values that tables and charts show.

import { type RunResult, resultOf } from '../../shell/runs.svelte'
import { type Flat, hasEffect, orderedKeys, type Value } from '../../shell/settings'
import type { FileRun } from './class-files'

export interface ClassRun {
  /** Counts from 1. */
  id: number
  file: string
  /** By which it is told from the others. */
  label: string
  /** Of its data and of those who were asked: runs with another one cannot be compared with it. */
  ground: string
  result: Omit<RunResult, 'run'> & { run: FileRun }
}

/** A run that is in two files; it is counted once. */
export interface Twin {
  name: string
  file: string
  first: string
}

/** What is measured of a run. */
export const MEASURES = [
  'ndcg_20',
  'ndcg_40',
  'recall_20',
  'recall_40',
  'mrr',
  'test_ndcg_20',
  'test_recall_20',
  'active_units',
  'kl',
  'mutual_information',
  'best_epoch',
  'parameters',
  'seconds',
] as const
export type Measure = (typeof MEASURES)[number]

const SEED = 'seed'

/** The name of a file without its ending; those that the page gives say nothing of whose it is. */
const GIVEN = /^contrastvae-runs([ _-]*\(?\d+\)?)?$/i
const stem = (file: string) => file.replace(/\.[a-z0-9]{1,8}$/i, '')

/** `before` and the runs of a file; those that are there already are told instead. */
export function withFile(before: readonly ClassRun[], file: string, runs: readonly FileRun[]): { runs: ClassRun[]; twins: Twin[] } {
  const all = [...before]
  const twins: Twin[] = []
  for (const run of runs) {
    const result = resultOf(run)
    if (!result) continue
    const same = all.find((one) => identityOf(one.result.run) === identityOf(run))
    if (!same) {
      all.push({ id: all.length + 1, file, label: labelOf(file, run, runs.length), ground: groundOf(run), result })
      continue
    }
    twins.push({ name: run.name, file, first: same.file })
    // The same run, saved again when it was further.
    if (run.validation.length > same.result.run.validation.length) all[all.indexOf(same)] = { ...same, result }
  }
  return { runs: unique(all), twins }
}

/** Two people with the same settings and seed have the same numbers, and still two runs: the key that each run gets tells them apart. */
const identityOf = (run: FileRun) => run.key ?? JSON.stringify(run)

function labelOf(file: string, run: FileRun, ofFile: number): string {
  const whose = stem(file)
  if (GIVEN.test(whose)) return run.name || whose
  return ofFile === 1 || !run.name ? whose : `${whose}: ${run.name}`
}

/** No label twice. */
function unique(runs: readonly ClassRun[]): ClassRun[] {
  const taken = new Set<string>()
  return runs.map((run) => {
    const base = run.label
    let label = base
    for (let number = 2; taken.has(label); number++) label = `${base} (${number})`
    taken.add(label)
    return label === base ? run : { ...run, label }
  })
}

/** A file's name is no part of it: everybody's download of one log has another. */
function groundOf({ data, validation }: FileRun): string {
  return [data.users, data.items, data.interactions, validation[0]?.metrics.users ?? 0].join(' ')
}

export interface Ground {
  key: string
  name: string
  users: number
  items: number
  interactions: number
  runs: number
}

/** The data sets of all runs, the commonest first. */
export function groundsOf(runs: readonly ClassRun[]): Ground[] {
  const grounds = new Map<string, Ground>()
  for (const { ground, result } of runs) {
    const known = grounds.get(ground)
    if (known) known.runs += 1
    else grounds.set(ground, { key: ground, ...result.run.data, runs: 1 })
  }
  return [...grounds.values()].sort((one, other) => other.runs - one.runs)
}

/** The value of a setting; null where it has no effect in this run, or is not known. */
export function settingOf({ result: { run } }: ClassRun, key: string): Value | null {
  const value = run.values[key]
  return value === undefined || !hasEffect(key, run.values) ? null : value
}

/** Settings in which not all are alike, in the order of the form. */
export function differingOf(runs: readonly ClassRun[]): string[] {
  const [first] = runs
  if (!first) return []
  const all: Flat = Object.assign({}, ...runs.map(({ result }) => result.run.values))
  return orderedKeys(all).filter((key) => runs.some((run) => settingOf(run, key) !== settingOf(first, key)))
}

export function measureOf({ result }: ClassRun, measure: Measure): number | null {
  const { run, metrics, posterior, epoch } = result
  switch (measure) {
    case 'test_ndcg_20':
      return run.test?.metrics.ndcg_20 ?? null
    case 'test_recall_20':
      return run.test?.metrics.recall_20 ?? null
    case 'active_units':
    case 'kl':
    case 'mutual_information':
      return posterior?.[measure] ?? null
    case 'best_epoch':
      return epoch
    case 'parameters':
    case 'seconds':
      return run[measure]
    default:
      return metrics[measure]
  }
}

/** Those that at least one run has. */
export const measuresOf = (runs: readonly ClassRun[]): Measure[] =>
  MEASURES.filter((measure) => runs.some((run) => measureOf(run, measure) !== null))

export interface Spread {
  count: number
  mean: number
  /** Standard deviation of a sample; null of one value. */
  deviation: number | null
  least: number
  most: number
}

export function spreadOf(values: readonly number[]): Spread | null {
  const count = values.length
  if (count === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    count,
    mean,
    deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
    least: Math.min(...values),
    most: Math.max(...values),
  }
}

export interface Group {
  /** Of the settings that differ, the seed left out. */
  values: Record<string, Value | null>
  runs: ClassRun[]
}

/** Runs whose settings are equal but for the seed, the largest group first. */
export function groupsOf(runs: readonly ClassRun[]): Group[] {
  const keys = differingOf(runs).filter((key) => key !== SEED)
  const groups = new Map<string, Group>()
  for (const run of runs) {
    const values = Object.fromEntries(keys.map((key) => [key, settingOf(run, key)]))
    const key = JSON.stringify(values)
    const group = groups.get(key)
    if (group) group.runs.push(run)
    else groups.set(key, { values, runs: [run] })
  }
  return [...groups.values()].sort((one, other) => other.runs.length - one.runs.length)
}

export interface Scatter {
  /** In the order of x. */
  runs: ClassRun[]
  x: number[]
  y: number[]
  /** Names of x, where it is no number: in the order of their first run. */
  categories: Value[] | null
}

/** A setting, or a measure with `measure:` before it, against a measure; runs that lack either are left out. */
export function scatterOf(runs: readonly ClassRun[], across: string, up: Measure): Scatter {
  const measure = MEASURES.find((one) => across === `measure:${one}`)
  const of = (run: ClassRun) => (measure ? measureOf(run, measure) : settingOf(run, across))
  const points = runs.flatMap((run) => {
    const [x, y] = [of(run), measureOf(run, up)]
    return x === null || y === null ? [] : [{ run, x, y }]
  })
  const categories = points.every(({ x }) => typeof x === 'number') ? null : [...new Set(points.map(({ x }) => x))]
  const placed = points
    .map(({ run, x, y }) => ({ run, x: categories ? categories.indexOf(x) : Number(x), y }))
    .sort((one, other) => one.x - other.x || one.y - other.y)
  return { runs: placed.map(({ run }) => run), x: placed.map(({ x }) => x), y: placed.map(({ y }) => y), categories }
}
