// The device that computes, in words.
//
// In: what the worker took. Out: a name for people and one sentence that says why, in the language of the page.

import type { DeviceChoice, DeviceKind, ThreadsReason } from '../../pkg/src/protocol'
import { SINGLE } from '../../pkg/src/built'
import { text } from './text'

export interface DeviceWords {
  kind: DeviceKind
  name: string
  reason: string
  /** Threads that share the work. */
  threads: number
  /** Bytes of the largest buffer that the GPU takes; null on the CPU. */
  bufferBytes: number | null
  /** Whether the page, loaded once more, may share memory between them. */
  reload: boolean
}

/** What the worker tells of its device. */
type Told = DeviceChoice & { threads: number; threads_because: ThreadsReason }

export function inWords({ kind, adapter, because, detail, buffer_bytes, threads, threads_because }: Told): DeviceWords {
  const named = adapter || text.device.unnamed
  return {
    kind,
    name: kind === 'gpu' ? text.device.gpu(named) : text.device.cpu(threads),
    reason: [becauseOf({ adapter, because, detail }), coresOf({ threads_because, threads })].filter(Boolean).join(' '),
    threads,
    bufferBytes: buffer_bytes,
    // The service worker answers the next visit, with what lets the browser share memory.
    reload: threads_because === 'notIsolated' && navigator.serviceWorker !== undefined && isSecureContext,
  }
}

/** Why it is this kind of device. */
export function becauseOf({ adapter, because, detail }: Pick<Told, 'adapter' | 'because' | 'detail'>): string {
  const sentence = SINGLE && because === 'notBuilt' ? text.single.noGpu : text.device.because[because]
  return typeof sentence === 'string' ? sentence : sentence(because === 'failed' ? detail : adapter || text.device.unnamed)
}

/** Why so many cores train. */
export function coresOf({ threads_because, threads }: Pick<Told, 'threads_because' | 'threads'>): string {
  const sentence = text.cores.because[threads_because]
  return typeof sentence === 'string' ? sentence : sentence(threads)
}
