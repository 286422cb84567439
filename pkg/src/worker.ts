// The worker: takes a device, loads the module for it and passes commands in and events out. All heavy work happens here.

import type * as CpuModule from '../dist/cpu/contrastvae'
import { isBuilt, SINGLE } from './built'
import { choose, hasWebAssembly2 } from './device'
import { type DeviceFault, faultOf, isOutOfMemory, watchDevices } from './faults'
import { Held, readHeld } from './held'
import { pageWorker } from './page-worker'
import type { Asked, Boot, DeviceKind, FromWorker, ToWorker } from './protocol'
import { readAhead } from './read-ahead'
import { attemptAll, watchRequests } from './requests'
import threadUrl from './thread?worker&url'
import { doWithoutTimestamps } from './timestamps'
import { plan, sharedMemory, startThreads, type ThreadedModule, type Threads } from './threads'

/** What both builds export; their memories differ, and nobody here looks at them. */
type Module = Pick<typeof CpuModule, 'start_session' | 'request' | 'refused_bytes'> & {
  default(options: { module_or_path: Promise<Response>; memory?: WebAssembly.Memory }): Promise<unknown>
}

/** A module that is ready, and on how many cores it trains. */
interface Ready {
  module: Module
  url: URL
  threads: Threads
}

// The compiler knows pages, whose `postMessage` differs; a project of its own for one file would be more than this line.
const post = self.postMessage.bind(self) as (event: FromWorker, transfer?: Transferable[]) => void

/** What a device's loss takes to be told after the error that came of it. */
const LOSS_MILLISECONDS = 300

let loaded: Module | null = null
let running: Module | null = null
let started = false
let panic = ''
/** The GPU, where that was taken. */
let onGpu = false
let deviceFault: DeviceFault | null = null
/** One fault is told; what follows from it is not another one. */
let broken = false

// The module writes a panic's message to the console before it traps; the trap itself says only "unreachable".
const consoleError = console.error.bind(console)
console.error = (...words: unknown[]) => {
  const line = words.map(String).join(' ')
  if (line.includes('panicked at')) panic = line
  consoleError(...words)
}

/** Tells that this worker cannot go on. */
async function crash(thrown: unknown): Promise<void> {
  if (broken) return
  broken = true
  // A read that fails since the device is lost may come before the word of the loss.
  if (onGpu && started && !deviceFault) await new Promise((resolve) => setTimeout(resolve, LOSS_MILLISECONDS))
  const { fault, detail } = faultOf({ thrown, panic, refused: loaded?.refused_bytes() ?? 0, device: deviceFault })
  if (started) post({ event: 'crashed', fault, detail, started })
  else if (onGpu) post({ event: 'gpu_failed', message: detail })
  else post({ event: 'crashed', fault: fault === 'memory' ? 'noMemory' : 'starting', detail, started })
}

function deviceFailed(fault: DeviceFault): void {
  deviceFault ??= fault
  void crash(null)
}

self.addEventListener('error', (event) => {
  event.preventDefault()
  void crash(event.error ?? event.message)
})
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  void crash(event.reason)
})
self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if ('boot' in data) {
    void start(data.boot)
    return
  }
  if ('attempt' in data) {
    void attemptAll(data.attempt).then((attempts) => post({ event: 'attempted', attempts }))
    return
  }
  try {
    if (!running) throw new Error('The worker is not ready yet.')
    running.request(withFiles(data))
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || isOutOfMemory(error)) void crash(error)
    else post({ event: 'refused', id: data.id, message: String(error) })
  }
})

/** A command with its files, where the page had to read them. */
function withFiles({ held, ...asked }: Asked): Asked {
  if (!held || asked.command.command !== 'load_files') return asked
  const files = held.map(({ name, bytes }) => new Held(name, new Uint8Array(bytes)))
  return { ...asked, command: { ...asked.command, files } }
}

if (SINGLE) readHeld()
watchRequests((requests) => post({ event: 'requests', requests }))

async function start({ wish, gpu_failure, threads, faults }: Boot['boot']): Promise<void> {
  if (!hasWebAssembly2()) {
    post({ event: 'crashed', fault: 'noWebAssembly', detail: '', started: false })
    return
  }
  const choice = await choose(wish, gpu_failure)
  onGpu = choice.kind === 'gpu'
  if (onGpu) {
    watchDevices(deviceFailed)
    doWithoutTimestamps(navigator.gpu)
  }
  try {
    const wished = plan(threads, navigator.hardwareConcurrency, self.crossOriginIsolated, isBuilt('cpu-threads'))
    const ready = onGpu ? await load('gpu', { count: 1, because: 'gpu' }) : await loadCpu(wished, faults)
    const { module, url } = ready
    loaded = module
    post({ event: 'device', module: url.href, threads: ready.threads.count, threads_because: ready.threads.because, ...choice })
    await module.start_session(choice.kind, told, readAhead())
    running = module
    started = true
  } catch (error) {
    void crash(error)
  }
}

/** An event of the module. What its run says of a device is one fault with what the device itself reports. */
function told(event: FromWorker, transfer?: Transferable[]): void {
  if (event.event === 'device_failed') deviceFailed({ fault: event.wrong ? 'deviceWrong' : 'device', detail: event.message })
  else post(event, transfer)
}

/** The module for several cores where they can be had, and that for one core otherwise. */
async function loadCpu(wished: Threads, faults: readonly MessagePort[]): Promise<Ready> {
  if (wished.count === 1) return load('cpu', wished)
  const memory = sharedMemory()
  if (!memory) return load('cpu', { count: 1, because: 'noSharedMemory' })
  try {
    const module = await import('../dist/cpu-threads/contrastvae.js')
    const url = new URL('../dist/cpu-threads/contrastvae_bg.wasm', import.meta.url)
    await (module as unknown as Module).default({ module_or_path: download(url), memory })
    const newThread = (index: number) => pageWorker(threadUrl, import.meta.url, `contrastvae-thread-${index + 1}`)
    const requests = await startThreads(module as unknown as ThreadedModule, wished.count, newThread, faults)
    post({ event: 'requests', requests })
    return { module, url, threads: wished }
  } catch (error) {
    // One core does as well, more slowly; the page says so.
    console.warn('Several cores cannot be used.', error)
    return load('cpu', { count: 1, because: 'failed' })
  }
}

async function load(kind: DeviceKind, threads: Threads): Promise<Ready> {
  if (kind === 'gpu') {
    const module = await import('../dist/gpu/contrastvae.js')
    const url = new URL('../dist/gpu/contrastvae_bg.wasm', import.meta.url)
    await module.default({ module_or_path: download(url) })
    return { module, url, threads }
  }
  const module = await import('../dist/cpu/contrastvae.js')
  const url = new URL('../dist/cpu/contrastvae_bg.wasm', import.meta.url)
  await module.default({ module_or_path: download(url) })
  return { module, url, threads }
}

/** Fetches a module and tells how far it has come, without giving up compilation while it streams. */
async function download(url: URL): Promise<Response> {
  const response = await fetch(url)
  if (!response.ok || !response.body) throw new Error(`${url.href} answered with status ${response.status}.`)
  // The length of a compressed answer is not that of the bytes that come out of it.
  const length = response.headers.has('content-encoding') ? null : response.headers.get('content-length')
  const bytes_total = length === null ? null : Number(length)
  let bytes_done = 0
  let told = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes_done += chunk.byteLength
      const now = performance.now()
      if (now - told > 100) {
        told = now
        post({ event: 'download', bytes_done, bytes_total })
      }
      controller.enqueue(chunk)
    },
  })
  return new Response(response.body.pipeThrough(counter), { headers: { 'content-type': 'application/wasm' } })
}
