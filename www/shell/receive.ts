// What the worker tells, handed to the parts that hold it.
//
// In: events of the session. Out: changes of the form, the run, the runs, the rate, what is read and what is kept; and, for what concerns several of
// them, calls of the page.

import type { Baselines } from './baselines.svelte'
import type { Form } from './form.svelte'
import type { Preview, Told } from '../../pkg/src/protocol'
import type { Messages } from './messages.svelte'
import type { RunRate } from './rate.svelte'
import type { Restored, Run } from './run.svelte'
import type { Runs } from './runs.svelte'

type Of<Name extends Told['event']> = Extract<Told, { event: Name }>

/** The parts, and what the page does itself. */
interface Parts {
  form: Form
  run: Run
  runs: Runs
  runRate: RunRate
  reading: { receivePreview(preview: Preview): void; receiveProgress(done: number, total: number): void }
  keep: { due(when: 'epoch'): void }
  messages: Messages
  baselines: Baselines
  device: (event: Of<'device'>) => void
  download: (event: Of<'download'>) => void
  greeted: (event: Of<'hello'>) => void
  loaded: (event: Of<'loaded'>) => void
  changed: (event: Of<'state'>) => void
  restored: (event: Restored) => void
  crashed: (event: Of<'crashed'>) => void
  /** Whether the run rests after each step, so that its rate says nothing of the machine. */
  rests: () => boolean
}

/** Takes each event to where it belongs. */
export function receiver(parts: Parts): (event: Told) => void {
  const { form, run, runs, runRate, reading, keep, messages, baselines } = parts
  return (event) => {
    switch (event.event) {
      case 'device':
        parts.device(event)
        break
      case 'download':
        parts.download(event)
        break
      case 'hello':
        runRate.read(event.kind)
        form.begin(event.default_config, event.presets)
        parts.greeted(event)
        break
      case 'load_progress':
        reading.receiveProgress(event.bytes_done, event.bytes_total)
        break
      case 'preview':
        reading.receivePreview(event.preview)
        break
      case 'loaded':
        parts.loaded(event)
        break
      case 'state':
        run.changed(event.state)
        runs.running(event.state === 'running', performance.now())
        parts.changed(event)
        break
      case 'progress':
        run.advanced(event)
        break
      case 'validation': {
        const { epoch, metrics, popularity, groups = [], seconds } = event
        const point = { epoch, metrics, popularity, groups, seconds }
        run.validated(point)
        runs.validated(point, performance.now())
        if (!parts.rests()) runRate.epoch(runs.elapsed(performance.now()))
        keep.due('epoch')
        break
      }
      case 'diagnosis':
        run.diagnosed(event)
        if (event.report) runs.diagnosed(event.epoch, event.report)
        break
      case 'restored':
        parts.restored(event)
        break
      case 'latents':
        run.projected(event)
        break
      case 'failed':
        messages.tell('problem', event.message)
        break
      case 'crashed':
        parts.crashed(event)
        break
      case 'begun':
        runs.sized(event.parameters)
        run.attributes = event.attributes
        messages.settle()
        break
      case 'baseline_progress':
        baselines.advanced(event.done, event.total)
        break
    }
  }
}
