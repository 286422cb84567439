// The runs of this visit, kept so that they can be laid side by side.
//
// In: what the lab hears of the run under way. Out: a record of each run, what their settings differ in, and both as text. The
// records hold numbers alone; a run's weights are in its checkpoint.

import { bestPoint, type ValidationPoint } from '../../pkg/src/history'
import { newIdentity } from './identity'
import type { LatentReport, Metrics, Summary } from '../../pkg/src/protocol'
import { type Flat, orderedKeys } from './settings'
import { text } from './text'
import { tsv } from './tsv'

/** What the latent space of a run looked like after an epoch. */
export interface RunPosterior {
  epoch: number
  active_units: number
  dimensions: number
  /** Mean KL to the prior, nats. */
  kl: number
  /** Nats, and the most that it could be. */
  mutual_information: number
  mutual_information_ceiling: number
}

export interface RunRecord {
  id: number
  /** The same in every visit. */
  key: string
  name: string
  data: { name: string; users: number; items: number; interactions: number }
  device: string
  values: Flat
  validation: ValidationPoint[]
  /** One for each epoch that has been looked at. */
  posterior: RunPosterior[]
  /** Trained values; null where that is not known. */
  parameters: number | null
  /** The test ranked by the weights of the best epoch on validation; null before that was done. */
  test: { epoch: number; metrics: Metrics } | null
  /** Seconds of training until the latest validation, those on hold left out; null where part of them passed elsewhere. */
  seconds: number | null
}

/** A run by its best epoch. */
export interface RunResult {
  run: RunRecord
  epoch: number
  metrics: Metrics
  posterior: RunPosterior | undefined
}

export class Runs {
  list = $state.raw<readonly RunRecord[]>([])
  /** The run that was removed last, until it is brought back or another run begins. */
  removed = $state.raw<{ run: RunRecord; at: number } | null>(null)
  /** The run that still grows. */
  current = $state<number | null>(null)

  readonly results = $derived(this.list.flatMap((run) => resultOf(run) ?? []))

  #last = 0
  #runningSince: number | null = null
  #seconds = 0

  begin(summary: Summary, device: string, values: Flat): void {
    // A run that was not trained for an epoch has nothing to compare.
    this.list = this.list.filter((run) => run.validation.length > 0)
    this.removed = null
    this.#seconds = 0
    this.#runningSince = null
    this.#last += 1
    this.current = this.#last
    const { name, users, items, interactions } = summary
    const data = { name, users, items, interactions }
    this.list = [
      ...this.list,
      {
        id: this.#last,
        key: newIdentity(),
        name: text.runs.named(this.#last),
        data,
        device,
        values,
        validation: [],
        posterior: [],
        parameters: null,
        test: null,
        seconds: 0,
      },
    ]
  }

  /** A run goes on that was kept, in this visit or an earlier one. */
  takeUp(kept: RunRecord): void {
    const here = this.list.find(({ key }) => key === kept.key)
    if (!here) this.#last += 1
    const run = { ...kept, id: here?.id ?? this.#last, name: here?.name ?? kept.name }
    this.list = here ? this.list.map((one) => (one === here ? run : one)) : [...this.list, run]
    this.removed = null
    this.current = run.id
    this.#seconds = kept.seconds ?? 0
    this.#runningSince = null
  }

  /** The run under way as it is known here. */
  get present(): RunRecord | null {
    return this.list.find(({ id }) => id === this.current) ?? null
  }

  /** Name of the present run; undefined if there is none. */
  get nameOfPresent(): string | undefined {
    return this.list.find(({ id }) => id === this.current)?.name
  }

  /** Seconds that the run under way has trained here, `now` in milliseconds. */
  elapsed(now: number): number {
    return this.#seconds + (this.#runningSince === null ? 0 : (now - this.#runningSince) / 1000)
  }

  sized(parameters: number): void {
    this.#change(this.current, () => ({ parameters }))
  }

  tested(key: string, epoch: number, metrics: Metrics): void {
    const run = this.list.find((one) => one.key === key)
    this.#change(run?.id ?? null, () => ({ test: { epoch, metrics } }))
  }

  /** Epochs that the run under way did before it came here. */
  continued(validation: ValidationPoint[]): void {
    this.#change(this.current, () => ({ validation, seconds: null }))
  }

  /** Hears whether training goes on, `now` in milliseconds. */
  running(running: boolean, now: number): void {
    if (this.#runningSince !== null) this.#seconds += (now - this.#runningSince) / 1000
    this.#runningSince = running ? now : null
  }

  validated(point: ValidationPoint, now: number): void {
    this.running(this.#runningSince !== null, now)
    this.#change(this.current, ({ validation, seconds }) => ({
      validation: [...validation, point],
      seconds: seconds === null ? null : this.#seconds,
    }))
  }

  diagnosed(epoch: number, { last }: LatentReport): void {
    const { active_units, dimensions, kl, mutual_information, mutual_information_ceiling } = last
    const look = { epoch, active_units, dimensions, kl, mutual_information, mutual_information_ceiling }
    this.#change(this.current, ({ posterior }) => ({ posterior: [...posterior, look] }))
  }

  /** What comes now belongs to no run of the list. */
  end(): void {
    this.current = null
    this.#runningSince = null
  }

  rename(id: number, name: string): void {
    const kept = name.trim()
    if (kept) this.#change(id, () => ({ name: kept }))
  }

  remove(id: number): void {
    const at = this.list.findIndex((run) => run.id === id)
    const run = this.list[at]
    if (!run) return
    if (id === this.current) this.current = null
    this.removed = { run, at }
    this.list = this.list.filter((one) => one !== run)
  }

  bringBack(): void {
    if (!this.removed) return
    const { run, at } = this.removed
    this.list = [...this.list.slice(0, at), run, ...this.list.slice(at)]
    this.removed = null
  }

  #change(id: number | null, to: (run: RunRecord) => Partial<RunRecord>): void {
    if (id !== null) this.list = this.list.map((run) => (run.id === id ? { ...run, ...to(run) } : run))
  }
}

/** A run by its best epoch; undefined before its first validation. */
export function resultOf<Run extends Pick<RunRecord, 'validation' | 'posterior'>>(
  run: Run,
): (Omit<RunResult, 'run'> & { run: Run }) | undefined {
  const best = bestPoint(run.validation)
  const posterior = run.posterior.find(({ epoch }) => epoch === best?.epoch)
  return best && { run, epoch: best.epoch, metrics: best.metrics, posterior }
}

/** Settings in which not all of the runs are alike, in the order of the form. */
export function differing(runs: readonly Pick<RunRecord, 'values'>[]): string[] {
  const all: Flat = Object.assign({}, ...runs.map((run) => run.values))
  return orderedKeys(all).filter((key) => runs.some((run) => run.values[key] !== runs[0]?.values[key]))
}

/** Whether all runs ranked the same items for the same users. */
export const sameData = (runs: readonly RunRecord[]): boolean =>
  runs.every(({ data }) => JSON.stringify(data) === JSON.stringify(runs[0]?.data))

export const METRICS = ['recall_5', 'recall_10', 'recall_20', 'recall_40', 'ndcg_5', 'ndcg_10', 'ndcg_20', 'ndcg_40', 'mrr'] as const

/** What needs no training, on the data of the runs. */
export interface Yardstick {
  name: string
  valid: Metrics
  /** Null where only the validation was ranked. */
  test: Metrics | null
}

/** A table with a header: a run a line, then a baseline a line, tabs between. */
export function asTsv(results: readonly RunResult[], baselines: readonly Yardstick[]): string {
  const keys = orderedKeys(Object.assign({}, ...results.map(({ run }) => run.values)))
  const posterior = ['active_units', 'dimensions', 'kl', 'mutual_information', 'mutual_information_ceiling'] as const
  const header = [
    ...['run', 'data', 'users', 'items', 'interactions', 'device', 'best_epoch', ...METRICS],
    ...METRICS.map((key) => `test_${key}`),
    ...['parameters', ...posterior, 'seconds', ...keys],
  ]
  const rows = results.map(({ run, epoch, metrics, posterior: look }) => [
    run.name,
    run.data.name,
    run.data.users,
    run.data.items,
    run.data.interactions,
    run.device,
    epoch,
    ...METRICS.map((key) => metrics[key]),
    ...METRICS.map((key) => run.test?.metrics[key] ?? ''),
    run.parameters ?? '',
    ...posterior.map((key) => look?.[key] ?? ''),
    run.seconds ?? '',
    ...keys.map((key) => String(run.values[key] ?? '')),
  ])
  // They are on the data of all runs; what they have not is left empty.
  const data = results[0]?.run.data
  const yardsticks = baselines.map(({ name, valid, test }) => {
    const cells = [name, data?.name ?? '', data?.users ?? '', data?.items ?? '', data?.interactions ?? '', '', '']
    const metrics = [...METRICS.map((key) => valid[key]), ...METRICS.map((key) => test?.[key] ?? '')]
    return [...cells, ...metrics, ...Array.from({ length: header.length - cells.length - metrics.length }, () => '')]
  })
  return tsv(header, [...rows, ...yardsticks])
}

/** Everything that is kept of the runs, and the baselines beside them. The key of a run tells it from another one with the same numbers. */
export const asJson = (results: readonly RunResult[], baselines: readonly Yardstick[], program: string): string => {
  const runs = results.map(({ run: { id: _, ...run }, epoch }) => ({ ...run, best_epoch: epoch }))
  return JSON.stringify({ format: 1, program, runs, baselines }, null, 2) + '\n'
}
