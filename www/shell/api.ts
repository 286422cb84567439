// `window.contrastvae`: the same page for scripts. Each function returns a promise that rejects with a sentence.

import { lab } from './instance'
import type { ContrastVaeApi } from '../../pkg/src/interface'
import type { Config, Preview, ReadOptions, Summary } from '../../pkg/src/protocol'
import type { RunResult } from './runs.svelte'
import { SessionError } from '../../pkg/src/session'
import { flatten } from './settings'
import { text } from './text'

/** What the page adds to the interface of the package. */
export interface PageApi extends ContrastVaeApi {
  /**
   * Makes the data anew of what was loaded last, with other options; a run is dropped without a question. The file is read
   * again only where `mapping` or `entry` changes. Where it fails, what was loaded is still there.
   */
  reload(options: ReadOptions): Promise<Summary>
  /** How the file was understood: its columns, their roles and the first rows; null for the example. */
  preview(): Promise<Preview | null>
  /** The runs since the page was opened that were validated at least once, and the best epoch of each. */
  runs(): Promise<RunResult[]>
}

declare global {
  interface Window {
    contrastvae: PageApi
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

export const api: PageApi = {
  async load(what, options) {
    if (what === 'example') return lab.loadExample({}, options)
    if (what instanceof File) return lab.loadFiles([what], options)
    return Array.isArray(what) ? lab.loadFiles(what, options) : lab.loadExample(what, options)
  },
  reload: (options) => lab.reading.reload(options),
  async preview() {
    return lab.reading.preview
  },
  async configure(partial, preset) {
    await lab.session.ready()
    if (preset !== undefined && !lab.takePreset(preset)) {
      throw new SessionError(text.controls.noPreset(preset, lab.presets.map(({ name }) => name).join(', ')))
    }
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
