// What broke off is told by its cause: the device, memory, or the program.

import { afterEach, expect, test, vi } from 'vitest'

import { type DeviceFault, type Evidence, faultOf, watchDevices } from './faults'

afterEach(() => vi.unstubAllGlobals())

const NOTHING: Evidence = { thrown: null, panic: '', refused: 0, device: null }

test('a device counts before the panic that it caused, and a panic before what was thrown', () => {
  const device: DeviceFault = { fault: 'deviceMemory', detail: 'too large' }
  expect(faultOf({ ...NOTHING, device, panic: 'panicked at', thrown: new WebAssembly.RuntimeError('unreachable') })).toBe(device)
  expect(faultOf({ ...NOTHING, panic: 'panicked at x', thrown: new WebAssembly.RuntimeError('unreachable') }).fault).toBe('running')
})

test('memory that the tab refused is told apart from a fault of the program', () => {
  const trap = new WebAssembly.RuntimeError('unreachable')
  expect(faultOf({ ...NOTHING, thrown: trap, refused: 65_536 })).toEqual({
    fault: 'memory',
    detail: 'RuntimeError: unreachable (65536 bytes were refused)',
  })
  expect(faultOf({ ...NOTHING, thrown: trap }).fault).toBe('running')
  // In the words of V8, SpiderMonkey and JavaScriptCore.
  for (const words of ['Array buffer allocation failed', 'invalid array length', 'Out of memory']) {
    expect(faultOf({ ...NOTHING, thrown: new RangeError(words) }).fault, words).toBe('memory')
  }
  expect(faultOf({ ...NOTHING, thrown: new RangeError('precision is out of range') }).fault).toBe('running')
})

test('a device that is lost and one that ran out of memory are two faults', async () => {
  class OutOfMemory {
    message = 'no room'
  }
  let lose: (info: { reason: string; message: string }) => void = () => {}
  const device = Object.assign(new EventTarget(), { lost: new Promise<{ reason: string; message: string }>((resolve) => (lose = resolve)) })
  class Adapter {
    requestDevice(): Promise<typeof device> {
      return Promise.resolve(device)
    }
  }
  vi.stubGlobal('GPUAdapter', Adapter)
  vi.stubGlobal('GPUOutOfMemoryError', OutOfMemory)
  const told: DeviceFault[] = []
  watchDevices((fault) => told.push(fault))
  await new Adapter().requestDevice()
  device.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new OutOfMemory() }))
  device.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: { message: 'invalid' } }))
  lose({ reason: 'unknown', message: 'taken away' })
  await device.lost
  await Promise.resolve()
  expect(told).toEqual([
    { fault: 'deviceMemory', detail: 'no room' },
    { fault: 'device', detail: 'invalid' },
    { fault: 'device', detail: 'unknown: taken away' },
  ])
})
