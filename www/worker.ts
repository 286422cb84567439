// The worker: takes a device, loads the module for it and passes commands in and events out. All heavy work happens here.

import type * as CpuModule from '../pkg/cpu/contrastvae'
import { choose, hasSimd } from './device'
import type { Boot, DeviceKind, FromWorker, ToWorker } from './protocol'
import { attemptAll, watchRequests } from './requests'

/** What both builds export; their memories differ, and nobody here looks at them. */
type Module = Pick<typeof CpuModule, 'start_session' | 'command'> & {
  default(options: { module_or_path: Promise<Response> }): Promise<unknown>
}

// The compiler knows pages, whose `postMessage` differs; a project of its own for one file would be more than this line.
const post = self.postMessage.bind(self) as (event: FromWorker, transfer?: Transferable[]) => void

let running: Module | null = null
let started = false
let panic = ''

// The module writes a panic's message to the console before it traps; the trap itself says only "unreachable".
const consoleError = console.error.bind(console)
console.error = (...words: unknown[]) => {
  const line = words.map(String).join(' ')
  if (line.includes('panicked at')) panic = line
  consoleError(...words)
}

function crash(error: unknown): void {
  const detail = panic || describe(error)
  post({ event: 'crashed', fault: started ? 'running' : 'starting', detail, started })
}

const describe = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))

self.addEventListener('error', (event) => {
  event.preventDefault()
  crash(event.error ?? event.message)
})
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  crash(event.reason)
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
    running.command(data)
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) crash(error)
    else post({ event: 'failed', request: data.request, message: String(error) })
  }
})

watchRequests((requests) => post({ event: 'requests', requests }))

/** The module opens the device by itself; what becomes of it is heard here. */
function watchDevices(): void {
  const request = GPUAdapter.prototype.requestDevice
  GPUAdapter.prototype.requestDevice = async function (...wish) {
    const device = await request.apply(this, wish)
    void device.lost.then(({ reason, message }) => {
      if (started && reason !== 'destroyed') post({ event: 'device_failed', message: message || reason })
    })
    return device
  }
}

async function start({ wish, gpu_failure }: Boot['boot']): Promise<void> {
  if (!hasSimd()) {
    post({ event: 'crashed', fault: 'noSimd', detail: '', started: false })
    return
  }
  const choice = await choose(wish, gpu_failure)
  if (choice.kind === 'gpu') watchDevices()
  try {
    const { module, url } = await load(choice.kind)
    await module.default({ module_or_path: download(url) })
    post({ event: 'device', module: url.href, ...choice })
    await module.start_session(choice.kind, (event, transfer) => post(event, transfer))
    running = module
    started = true
  } catch (error) {
    if (choice.kind === 'gpu') post({ event: 'gpu_failed', message: panic || describe(error) })
    else crash(error)
  }
}

async function load(kind: DeviceKind): Promise<{ module: Module; url: URL }> {
  if (kind === 'gpu') {
    const module = await import('../pkg/gpu/contrastvae.js')
    return { module, url: new URL('../pkg/gpu/contrastvae_bg.wasm', import.meta.url) }
  }
  const module = await import('../pkg/cpu/contrastvae.js')
  return { module, url: new URL('../pkg/cpu/contrastvae_bg.wasm', import.meta.url) }
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
