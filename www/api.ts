// `window.contrastvae`: the same page for scripts. Each function returns a promise that rejects with a sentence.

import { lab } from './instance'
import type { LossTable, ValidationPoint } from './history'
import type { Latents } from './lab.svelte'
import type {
  Config,
  Example,
  LatentKind,
  LatentReport,
  PooledReport,
  PosteriorReport,
  Preview,
  ReadOptions,
  Recommendation,
  RunState,
  Summary,
} from './protocol'
import type { RunResult } from './runs.svelte'
import { flatten } from './settings'

/** A configuration of which any part may be left out. */
export type Partially<T> = { [Key in keyof T]?: T[Key] extends object ? Partially<T[Key]> : T[Key] }

/** What the latent space looks like, after which epoch and step, and the seconds that it took to look. */
export type FlatReport = PosteriorReport &
  PooledReport &
  Pick<LatentReport, 'positions' | 'groups'> & { epoch: number; step: number; seconds: number }

export interface ContrastVaeApi {
  /**
   * `'example'`, the parameters of an example, a log, or a log and its file of item titles.
   *
   * `options` say how the file is meant (`mapping`, `entry` of a zip archive), what is left out (`filter`) and what is held back
   * (`split`). What is absent is as the form under "Filter and split" has it, and the form takes over what is given.
   */
  load(what: 'example' | Partial<Example> | File | File[], options?: ReadOptions): Promise<Summary>
  /**
   * Makes the data anew of what was loaded last, with other options; a run is dropped without a question. The file is read
   * again only where `mapping` or `entry` changes. Where it fails, what was loaded is still there.
   */
  reload(options: ReadOptions): Promise<Summary>
  /** How the file was understood: its columns, their roles and the first rows; null for the example. */
  preview(): Promise<Preview | null>
  /** Changes what is given, keeps the rest; resolves with the whole configuration. */
  configure(partial: Partially<Config>): Promise<Config>
  /** Resolves when the run has begun. */
  start(): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Resolves when the steps are done and the run is on hold. */
  step(count?: number): Promise<void>
  stop(): Promise<void>
  state(): Promise<{
    state: RunState
    device: { kind: string; name: string; reason: string } | null
    epoch: number
    step: number
    step_milliseconds: number | null
    summary: Summary | null
  }>
  /** `diagnosis` is that of the latest epoch, named as `contrastvae diagnose --json` names it; null where there is none. */
  metrics(): Promise<{
    losses: LossTable | null
    validation: ValidationPoint[]
    diagnosis: FlatReport | null
  }>
  /** The runs since the page was opened that were validated at least once, and the best epoch of each. */
  runs(): Promise<RunResult[]>
  /** A fresh projection of the items or the users. */
  latents(what: LatentKind): Promise<Latents>
  /** The run as it stands: a zip archive of `model.safetensors` and `run.json`, as the command line takes and writes it. */
  checkpoint(): Promise<Uint8Array>
  /**
   * Puts the run of such an archive in the place of the present one and holds it; `resume()` goes on. The data that it was
   * trained on must be loaded. Where the archive cannot be used, the present run stays.
   */
  restore(bytes: Uint8Array): Promise<void>
  /** Item indices, oldest first, or their identifiers in the log. */
  recommend(history: readonly (number | string)[], k?: number): Promise<(Recommendation & { id: string; title: string })[]>
}

declare global {
  interface Window {
    contrastvae: ContrastVaeApi
  }
}

/** Waits for the run to hold or to end. */
function watchForHold(): { held: Promise<void>; stop: () => void } {
  let stop = (): void => {}
  const held = new Promise<void>((resolve) => {
    stop = lab.session.subscribe((event) => {
      if (event.event === 'crashed' || (event.event === 'state' && event.state !== 'running')) resolve()
    })
  })
  return { held, stop }
}

export const api: ContrastVaeApi = {
  async load(what, options) {
    if (what === 'example') return lab.loadExample({}, options)
    if (what instanceof File) return lab.loadFiles([what], options)
    return Array.isArray(what) ? lab.loadFiles(what, options) : lab.loadExample(what, options)
  },
  reload: (options) => lab.reading.reload(options),
  async preview() {
    return lab.reading.preview
  },
  async configure(partial) {
    await lab.session.ready()
    lab.setValues(flatten(partial as Config))
    return lab.configure()
  },
  start: () => lab.start(),
  pause: () => lab.pause(),
  resume: () => lab.resume(),
  async step(count = 1) {
    const { held, stop } = watchForHold()
    try {
      await lab.step(count)
      await held
    } finally {
      stop()
    }
  },
  stop: () => lab.stop(),
  async state() {
    return {
      state: lab.state,
      device: lab.device,
      epoch: lab.progress?.epoch ?? 0,
      step: lab.progress?.step ?? 0,
      step_milliseconds: lab.progress?.step_milliseconds ?? null,
      summary: lab.summary,
    }
  },
  async metrics() {
    const { losses, validation, diagnosis } = lab
    if (!diagnosis?.report) return { losses, validation, diagnosis: null }
    const { epoch, step, seconds, report } = diagnosis
    const { last, views, positions, groups } = report
    return { losses, validation, diagnosis: { ...last, ...views, positions, groups, epoch, step, seconds } }
  },
  async runs() {
    return lab.runs.results
  },
  latents: (what) => lab.snapshot(what),
  async checkpoint() {
    return (await lab.checkpoint()).bytes
  },
  restore: (bytes) => lab.restore(bytes),
  async recommend(history, k = 10) {
    const { catalogue } = lab
    const indices = history.map((item) => (typeof item === 'number' ? item : (catalogue?.ids.indexOf(item) ?? -1)))
    const items = await lab.recommend(indices, k)
    return items.map((row) => ({ ...row, id: catalogue?.ids[row.item] ?? '', title: catalogue?.titles[row.item] ?? '' }))
  },
}
