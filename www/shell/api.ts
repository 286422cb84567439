// `window.contrastvae`: the same page for scripts. Each function returns a promise that rejects with a sentence.

import { SessionError } from '../../pkg/src/session'
import { text } from './text'
import { lab } from './instance'
import type { ContrastVaeApi } from '../../pkg/src/interface'
import type { Preview, ReadOptions, Summary } from '../../pkg/src/protocol'
import type { RunResult } from './runs.svelte'

/** What the page adds to the interface of the package. */
export interface PageApi extends ContrastVaeApi {
  /**
   * Makes the data anew of what was loaded last, with other options; a run is dropped without a question. The file is read
   * again only where `mapping` or `entry` changes. Where it fails, what was loaded is still there.
   */
  reload(options: ReadOptions): Promise<Summary>
  /** How the file was understood: its columns, their roles and the first rows; null for the example. */
  preview(): Promise<Preview | null>
  /** The items of the log: identifiers, titles, and of each the number of its genre, below 0 if none is known. */
  items(): Promise<{ ids: string[]; titles: string[]; genres: string[]; genre: number[] }>
  /** The runs since the page was opened that were validated at least once, and the best epoch of each. */
  runs(): Promise<RunResult[]>
}

declare global {
  interface Window {
    contrastvae: PageApi
  }
}

export const api: PageApi = {
  async load(what, options) {
    if (what === 'example') return lab.loadExample({}, options)
    if (what instanceof File) return lab.loadFiles([what], options)
    return Array.isArray(what) ? lab.loadFiles(what, options) : lab.loadExample(what, options)
  },
  reload: (options) => lab.reading.reload(options),
  async preview() {
    return lab.reading.shown.preview
  },
  configure: (partial, preset) => lab.form.configureWith(partial, preset),
  start: () => lab.start(),
  pause: () => lab.pause(),
  resume: () => lab.resume(),
  async step(count = 1) {
    const { held, leave } = lab.client.untilHeld()
    try {
      await lab.step(count)
      await held
    } finally {
      leave()
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
  async items() {
    const { catalogue } = lab
    if (!catalogue) throw new SessionError(text.data.nothingLoaded)
    const { ids, titles, genres, genre } = catalogue
    return { ids, titles, genres, genre: Array.from(genre) }
  },
  async runs() {
    return lab.runs.results
  },
  latents: (what) => lab.client.latents(what),
  checkpoint: () => lab.client.checkpoint(),
  restore: (bytes) => lab.checkpoints.restore(bytes),
  recommend: (history, k) => lab.client.recommend(history, k),
}
