// Why a worker broke off: a fault of the program, a GPU that is gone, memory that ran out.
//
// In: what was thrown, what the module said before it, what its devices reported. Out: a fault, for which the page has the words, and
// what was said, for a report. The GPU's runtime panics over what its device reports; the device then counts, not the panic.

import type { RunFault } from './protocol'

/** What is known when something was thrown. */
export interface Evidence {
  thrown: unknown
  /** The message of a panic; empty where there was none. */
  panic: string
  /** Bytes that the module asked for and did not get; 0 for none. */
  refused: number
  /** What a device reported. */
  device: DeviceFault | null
}

export interface DeviceFault {
  fault: Extract<RunFault, 'device' | 'deviceMemory' | 'deviceWrong'>
  detail: string
}

/** What engines say where an array or a module's memory is too much for them. */
const NO_MEMORY = /out of memory|allocation failed|could not allocate|array buffer allocation|invalid array (buffer )?length/i

export function faultOf({ thrown, panic, refused, device }: Evidence): { fault: RunFault; detail: string } {
  if (device) return device
  if (panic) return { fault: 'running', detail: panic }
  const detail = described(thrown)
  if (thrown instanceof WebAssembly.RuntimeError && refused > 0)
    return { fault: 'memory', detail: `${detail} (${refused} bytes were refused)` }
  return { fault: isOutOfMemory(thrown) ? 'memory' : 'running', detail }
}

export const isOutOfMemory = (thrown: unknown): boolean => thrown instanceof RangeError && NO_MEMORY.test(thrown.message)

export const described = (thrown: unknown): string => (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown))

/** Calls back with what becomes of the devices that are opened from now on; the module opens them by itself. */
export function watchDevices(report: (fault: DeviceFault) => void): void {
  const request = GPUAdapter.prototype.requestDevice
  GPUAdapter.prototype.requestDevice = async function (...wish) {
    const device = await request.apply(this, wish)
    // Nobody here gives a device back, so whatever ends it is a loss.
    void device.lost.then(({ reason, message }) => report({ fault: 'device', detail: `${reason}: ${message}` }))
    // Heard before the runtime's own handler, which panics.
    device.addEventListener('uncapturederror', ({ error }) =>
      report({ fault: error instanceof GPUOutOfMemoryError ? 'deviceMemory' : 'device', detail: error.message }),
    )
    return device
  }
}
