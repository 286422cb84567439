// What scripts can do: the page offers it as `window.contrastvae`, the npm package as what `createTrainer` gives.
//
// In: nothing; types alone. Each function returns a promise that rejects with an error whose message is a sentence for people.

import type { LossTable, ValidationPoint } from './history'
import type {
  Config,
  Event,
  Example,
  LatentKind,
  LatentReport,
  PooledReport,
  PosteriorReport,
  ReadOptions,
  Recommendation,
  RunState,
  Summary,
} from './protocol'

/** A configuration of which any part may be left out. */
export type Partially<T> = { [Key in keyof T]?: T[Key] extends object ? Partially<T[Key]> : T[Key] }

/** A projection of latents to the plane. */
export type Latents = Extract<Event, { event: 'latents' }>

/** What the latent space looks like, after which epoch and step, and the seconds that it took to look. */
export type FlatReport = PosteriorReport &
  PooledReport &
  Pick<LatentReport, 'positions' | 'groups'> & { epoch: number; step: number; seconds: number }

/** Where a run stands. */
export interface Standing {
  state: RunState
  device: { kind: string; name: string; reason: string } | null
  epoch: number
  step: number
  step_milliseconds: number | null
  summary: Summary | null
}

/** What was measured so far. */
export interface Measured {
  losses: LossTable | null
  validation: ValidationPoint[]
  /** Of the latest epoch, named as `contrastvae diagnose --json` names it; null where there is none. */
  diagnosis: FlatReport | null
}

/** An item that could come next, with its identifier in the log and its title. */
export type Recommended = Recommendation & { id: string; title: string }

export interface ContrastVaeApi {
  /**
   * `'example'`, the parameters of an example, a log, or a log and its file of item titles.
   *
   * `options` say how the file is meant (`mapping`, `entry` of a zip archive), what is left out (`filter`) and what is held back
   * (`split`). What is absent is as usual; on the page, as the form under "Filter and split" has it, which takes over what is given.
   */
  load(what: 'example' | Partial<Example> | File | File[], options?: ReadOptions): Promise<Summary>
  /**
   * Changes what is given, keeps the rest; resolves with the whole configuration. With a `preset` its values come first, whatever was
   * configured before.
   */
  configure(partial: Partially<Config>, preset?: string): Promise<Config>
  /** Resolves when the run has begun. */
  start(): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Resolves when the steps are done and the run is on hold. */
  step(count?: number): Promise<void>
  /** Also where the run has come to its end already. */
  stop(): Promise<void>
  state(): Promise<Standing>
  metrics(): Promise<Measured>
  /** A fresh projection of the items or the users. */
  latents(what: LatentKind): Promise<Latents>
  /** The run as it stands: a zip archive of `model.safetensors` and `run.json`, as the command line takes and writes it. */
  checkpoint(): Promise<Uint8Array>
  /**
   * Puts the run of such an archive in the place of the present one and holds it; `resume()` goes on. The data that it was
   * trained on must be loaded. Where the archive cannot be used, the present run stays.
   */
  restore(bytes: Uint8Array): Promise<void>
  /** Item indices, oldest first, or their identifiers in the log; the `k` best next items. */
  recommend(history: readonly (number | string)[], k?: number): Promise<Recommended[]>
}
