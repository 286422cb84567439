// How long a run will take on this machine, told before it begins.
//
// In: the work of a run as the worker counts it, and how much work this machine did in a second when it was measured last: in the
// latest run, or else in a few steps of a small model. Out: seconds. The measure is kept for the next visit, for each kind of device.

import type { DeviceKind, RunSize } from '../../pkg/src/protocol'

export interface Rate {
  /** Floating-point operations a second, of the work as it is counted. */
  work: number
  from: 'run' | 'probe'
}

/** The most memory that a WebAssembly module can have; what a run takes beside it is small. */
export const MODULE_BYTES = 2 ** 32

/** A machine with less memory than this closes tabs that take much of it; browsers that tell its size round it to a power of 2. */
const SMALL_MACHINE = 3 * 2 ** 30
/** Share of such a machine's memory that a tab can count on. */
const SHARE_OF_TAB = 0.25

/** Why a run would break off, and the most that there may be, in bytes. */
export interface Shortage {
  of: 'tab' | 'machine' | 'buffer'
  needed: number
  most: number
}

/** What a run lacks on a device: of which kind it is, the largest buffer of a GPU, and the machine's gigabytes as a browser tells them. */
export function shortageOf(
  { memory_bytes, largest_buffer_bytes }: RunSize,
  kind: DeviceKind,
  bufferBytes: number | null,
  gigabytes: number | undefined,
): Shortage | null {
  const machine = (gigabytes ?? Infinity) * 2 ** 30
  if (kind === 'gpu' && bufferBytes !== null && largest_buffer_bytes > bufferBytes)
    return { of: 'buffer', needed: largest_buffer_bytes, most: bufferBytes }
  if (kind === 'cpu' && memory_bytes > MODULE_BYTES) return { of: 'tab', needed: memory_bytes, most: MODULE_BYTES }
  if (machine < SMALL_MACHINE && memory_bytes > SHARE_OF_TAB * machine) return { of: 'machine', needed: memory_bytes, most: machine }
  return null
}

/** What each thread beside the first adds: its stack and scratch in the module's memory, and the worker around them. */
export const THREAD_BYTES = 6 * 2 ** 20

const KEY = 'contrastvae.rate.'

export const secondsOf = ({ epoch_work }: RunSize, epochs: number, { work }: Rate): number => (epoch_work * epochs) / work

export function readRate(kind: DeviceKind): Rate | null {
  try {
    const { work, from } = JSON.parse(localStorage.getItem(KEY + kind) ?? 'null') as Rate
    return Number.isFinite(work) && work > 0 && (from === 'run' || from === 'probe') ? { work, from } : null
  } catch {
    return null
  }
}

export function keepRate(kind: DeviceKind, rate: Rate): void {
  try {
    localStorage.setItem(KEY + kind, JSON.stringify(rate))
  } catch {
    // It is measured anew in the next visit.
  }
}

/** Takes the measures of every kind of device out of the browser's storage. */
export function forgetRates(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(KEY)) localStorage.removeItem(key)
  } catch {
    // Nothing is kept where nothing can be.
  }
}
