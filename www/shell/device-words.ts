// The device that computes, in words.
//
// In: what the worker took. Out: a name for people and one sentence that says why, in the language of the page.

import type { DeviceChoice } from '../../pkg/src/protocol'
import { text } from './text'

export interface DeviceWords {
  kind: string
  name: string
  reason: string
}

export function inWords({ kind, adapter, because, detail }: DeviceChoice): DeviceWords {
  const named = adapter || text.device.unnamed
  const sentence = text.device.because[because]
  return {
    kind,
    name: kind === 'gpu' ? text.device.gpu(named) : text.device.cpu,
    reason: typeof sentence === 'string' ? sentence : sentence(because === 'failed' ? detail : named),
  }
}
