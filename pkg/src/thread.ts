// A thread of the module with a shared memory: a worker that does nothing but compute.
//
// In: the compiled module and its memory. Out: that it is ready, with what it asked the network for; then nothing more, for it waits for work inside
// the module until it is ended. What breaks it off it tells on a port of its own.

import * as built from '../dist/cpu-threads/contrastvae.js'
import { faultOf } from './faults'
import type { Crashed } from './protocol'
import { requestsSoFar } from './requests'
import type { ThreadBoot, ThreadReady } from './threads'

/** What the module exports for threads; a copy of the project that has not built it has none of this. */
interface Exports {
  initSync(options: { module: WebAssembly.Module; memory: WebAssembly.Memory }): unknown
  refused_bytes(): number
  run_worker(): void
}
const { initSync, refused_bytes, run_worker } = built as unknown as Exports

// The module writes a panic's message to the console before it traps; the trap itself says only "unreachable".
let panic = ''
const consoleError = console.error.bind(console)
console.error = (...words: unknown[]) => {
  const line = words.map(String).join(' ')
  if (line.includes('panicked at')) panic = line
  consoleError(...words)
}

self.addEventListener('message', ({ data: { module, memory, faults } }: MessageEvent<ThreadBoot>) => {
  initSync({ module, memory })
  self.postMessage({ requests: requestsSoFar() } satisfies ThreadReady)
  try {
    run_worker()
  } catch (thrown) {
    const crashed: Crashed = { event: 'crashed', ...faultOf({ thrown, panic, refused: refused_bytes(), device: null }), started: true }
    faults?.postMessage(crashed)
  }
})
