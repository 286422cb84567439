// On how many cores the CPU's module trains: workers that share its memory.
//
// In: a wish, and what the browser allows. Out: a number with the reason for it, a memory to share, and threads that wait for work. Where one of
// these cannot be had, one core trains, by the module that needs none of them.

import type { Crashed, ThreadsReason, ThreadsWish } from './protocol'
import type { Request } from './requests'

/** More than this many are not asked for by themselves: a step's loops are cut into 16 pieces. */
export const MOST_THREADS = 8

/** Pages of 64 KiB that a shared memory may grow to: 4 GiB, or less where a browser refuses to set that much aside. */
const MEMORY_PAGES = [65_536, 32_768, 16_384]
/** Pages that it begins with; more than the module's own data take. */
const FIRST_PAGES = 256

/** What the module with a shared memory exports besides what both builds do. */
export interface ThreadedModule {
  module_and_memory(): [WebAssembly.Module, WebAssembly.Memory]
  start_threads(count: number): void
}

/** The first message to a thread. */
export interface ThreadBoot {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  /** Where the thread tells that it broke off; the session's worker may be waiting for it then, and deaf. */
  faults: MessagePort | null
}

/** The answer of a thread that waits for work. */
export interface ThreadReady {
  /** What it asked the network for, its own script. */
  requests: Request[]
}

export interface Threads {
  count: number
  because: ThreadsReason
}

/** All of a small machine, and of a larger one all but one, which the page and the rest of the machine share. */
export function usualThreads(cores: number): number {
  return cores <= 3 ? Math.max(1, Math.floor(cores)) : Math.min(Math.floor(cores) - 1, MOST_THREADS)
}

/** A wish out of the address: a whole number from 1 to what the machine has; anything else is none. */
export function readThreads(search: string, cores: number): ThreadsWish {
  const value = new URLSearchParams(search).get('threads')
  if (value === null) return null
  const count = Number(value)
  return Number.isInteger(count) && count >= 1 ? Math.min(count, mostThreads(cores)) : null
}

export const mostThreads = (cores: number): number => Math.max(1, Math.min(Math.floor(cores), MOST_THREADS))

/** How many, as far as it can be known before anything is loaded. */
export function plan(wish: ThreadsWish, cores: number, isolated: boolean, built: boolean): Threads {
  const count = wish === null ? usualThreads(cores) : Math.min(wish, mostThreads(cores))
  if (count === 1) return { count, because: wish === null ? 'oneCore' : 'asked' }
  if (!built) return { count: 1, because: 'notBuilt' }
  if (!isolated) return { count: 1, because: 'notIsolated' }
  return { count, because: wish === null ? 'all' : 'asked' }
}

/** A memory that workers share, as large as the browser allows; null where it allows none. */
export function sharedMemory(): WebAssembly.Memory | null {
  for (const maximum of MEMORY_PAGES) {
    try {
      const memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared: true })
      if (memory.buffer instanceof SharedArrayBuffer) return memory
    } catch {
      // The next one is smaller.
    }
  }
  return null
}

/** Nobody else refers to them, and what nobody refers to a browser may end. */
const running: Worker[] = []

/** Starts the threads of a module beside the present one, and shares its work among them from then on. Resolves with their requests. */
export async function startThreads(
  module: ThreadedModule,
  count: number,
  newThread: (index: number) => Worker,
  faults: readonly MessagePort[],
): Promise<Request[]> {
  const [compiled, memory] = module.module_and_memory()
  try {
    const ready = Array.from({ length: count - 1 }, (_, index) => {
      const worker = newThread(index)
      running.push(worker)
      return new Promise<ThreadReady>((resolve, reject) => {
        worker.addEventListener('message', ({ data }: MessageEvent<ThreadReady>) => resolve(data), { once: true })
        worker.addEventListener('error', (event) => reject(new Error(event.message || 'A thread could not be started.')))
        const port = faults[index] ?? null
        const boot: ThreadBoot = { module: compiled, memory, faults: port }
        worker.postMessage(boot, port ? [port] : [])
      })
    })
    const answers = await Promise.all(ready)
    module.start_threads(count)
    return answers.flatMap(({ requests }) => requests)
  } catch (error) {
    for (const worker of running.splice(0)) worker.terminate()
    throw error
  }
}

/** Ports for the threads of a worker, and where their faults arrive. */
export function faultPorts(told: (event: Crashed) => void): MessagePort[] {
  return Array.from({ length: MOST_THREADS - 1 }, () => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }: MessageEvent<Crashed>) => told(data)
    return port2
  })
}
