// The measurement: a worker for each device, four sizes in each, one after the other.
//
// In: what the browser offers. Out: steps a second, and for a GPU how far its losses are from the CPU's; what takes too long is left out, with what
// it would take. A cancelled worker ends at once, whatever it does. Nothing is sent; `file` is what a person may save.

import { readWish } from '../../../pkg/src/device'
import type { Command, Config, DeviceWish, Speed, ThreadsWish, Told } from '../../../pkg/src/protocol'
import { Session } from '../../../pkg/src/session'
import { newWorker } from '../../shell/new-worker'
import { text } from '../../shell/text'
import { configOf, foretold, logOf, type Size, SIZES } from './sizes'

export type DeviceKey = 'one' | 'threads' | 'gpu'
export const DEVICES: readonly DeviceKey[] = ['one', 'threads', 'gpu']

/** What a worker tells of the device that it took. */
export type Device = Extract<Told, { event: 'device' }>

/** Seconds that steps of one size are timed on one device. */
const TIMED_SECONDS = 5
/** Seconds of a step beyond which a size is left out, and of all that is asked of a worker at one size. */
const STEP_SECONDS = 8
const CELL_SECONDS = 60

/** What was measured of a size on a device, or why it was not. */
export type Cell = { speed: Speed } | { leftOut: 'slow'; seconds: number } | { leftOut: 'late' | 'failed'; why: string }

/** How far a GPU is from the CPU; null for no number. */
export interface Parity {
  steps: number
  largest_difference: number | null
  agrees: boolean
}

export interface Column {
  device: DeviceKey
  /** Name of the graphics card, where one computes. */
  name: string
  threads: number
  /** What the worker told of its device, where that is not the wanted one; or what went wrong. Null if it was measured. */
  without: Device | { problem: string } | null
  cells: (Cell | null)[]
  parity: (Parity | null)[]
}

export class Bench {
  state = $state<'ready' | 'measuring' | 'done' | 'cancelled'>('ready')
  /** The device and size under way. */
  under = $state.raw<{ device: DeviceKey; size: Size; compares: boolean } | null>(null)
  columns = $state.raw<Column[]>([])
  adapter = $state.raw<ReturnType<typeof described> | null>(null)
  /** Devices and sizes that are done or left out. */
  done = $state(0)
  readonly total = DEVICES.length * SIZES.length
  #session: Session | null = null

  async measure(): Promise<void> {
    this.state = 'measuring'
    this.columns = []
    this.done = 0
    this.adapter = await adapterOf().catch(() => null)
    for (const [at, device] of DEVICES.entries()) {
      if (this.state !== 'measuring') break
      const column: Column = { device, name: '', threads: 1, without: null, cells: SIZES.map(() => null), parity: SIZES.map(() => null) }
      try {
        await this.#device(column)
      } catch (error) {
        if (this.#is('measuring')) column.without = { problem: error instanceof Error ? error.message : String(error) }
      }
      this.#session?.end()
      this.#session = null
      this.#show(column)
      if (this.#is('measuring')) this.done = (at + 1) * SIZES.length
    }
    this.under = null
    if (this.#is('measuring')) this.state = 'done'
  }

  cancel(): void {
    this.state = 'cancelled'
    this.#session?.end()
  }

  /** The result for a person to pass on. */
  file(): string {
    const { userAgent, hardwareConcurrency, language } = navigator
    const result = {
      kind: 'contrastvae-lab bench',
      taken: new Date().toISOString(),
      browser: { userAgent, hardwareConcurrency, language, isolated: crossOriginIsolated },
      memory_gigabytes: (navigator as { deviceMemory?: number }).deviceMemory ?? null,
      adapter: this.adapter,
      complete: this.state === 'done',
      sizes: SIZES,
      devices: this.columns,
    }
    return `${JSON.stringify(result, null, 2)}\n`
  }

  /** Not narrowed by what was assigned before something was awaited. */
  #is(state: Bench['state']): boolean {
    return this.state === state
  }

  #show(column: Column): void {
    const shown = { ...column, cells: [...column.cells], parity: [...column.parity] }
    this.columns = [...this.columns.filter(({ device }) => device !== column.device), shown]
  }

  async #device(column: Column): Promise<void> {
    const wished: Record<DeviceKey, [DeviceWish, ThreadsWish]> = {
      one: ['cpu', 1],
      threads: ['cpu', null],
      gpu: [readWish(location.search) === 'software-gpu' ? 'software-gpu' : 'gpu', 1],
    }
    const [wish, threads] = wished[column.device]
    this.under = { device: column.device, size: SIZES[0] as Size, compares: false }
    const { session, device, standard } = await this.#open(wish, threads)
    column.name = device.adapter
    column.threads = device.threads
    if ((column.device === 'gpu' && device.kind !== 'gpu') || (column.device === 'threads' && device.threads === 1)) {
      column.without = device
      return
    }
    /** The step that was timed last, and its work. */
    let last: { seconds: number; work: number } | null = null
    for (const [at, size] of SIZES.entries()) {
      this.under = { device: column.device, size, compares: false }
      const ask = <C extends Command>(command: C) => within(CELL_SECONDS, session.request(command))
      try {
        const config = configOf(standard, size)
        await ask(loading(size))
        await ask({ command: 'configure', config })
        const { size: run } = await ask({ command: 'estimate', config })
        const seconds = last ? foretold(last.seconds, last.work, run.step_work) : 0
        if (seconds > STEP_SECONDS) column.cells[at] = { leftOut: 'slow', seconds }
        else {
          const { speed } = await ask({ command: 'time_steps', seconds: TIMED_SECONDS })
          column.cells[at] = { speed }
          last = { seconds: speed.seconds / speed.steps, work: run.step_work }
        }
        if (device.kind === 'gpu') {
          this.under = { device: column.device, size, compares: true }
          const { largest_difference, agrees } = await ask({ command: 'check_device', steps: size.compared })
          column.parity[at] = { steps: size.compared, largest_difference, agrees }
        }
      } catch (error) {
        if (!this.#is('measuring')) return
        const why = error instanceof Error ? error.message : String(error)
        column.cells[at] ??= { leftOut: error instanceof Late ? 'late' : 'failed', why }
        // A worker that is still busy, or broke off, answers nothing of the next size.
        if (error instanceof Late || !this.#session) return
      } finally {
        this.done += 1
        this.#show(column)
      }
    }
  }

  /** A worker on a device, once it takes commands. */
  async #open(wish: DeviceWish, threads: ThreadsWish): Promise<{ session: Session; device: Device; standard: Config }> {
    const session = new Session(wish, newWorker, () => text.crash, threads)
    this.#session = session
    let device: Device | null = null
    let standard: Config | null = null
    session.subscribe((event) => {
      if (event.event === 'device') device = event
      if (event.event === 'hello') standard = event.default_config
    })
    session.start()
    await within(CELL_SECONDS, session.ready())
    if (!device || !standard) throw new Error(text.client.starting)
    return { session, device, standard }
  }
}

class Late extends Error {}

/** The promise, or an error once so many seconds are over. */
function within<Value>(seconds: number, promise: Promise<Value>): Promise<Value> {
  let timer = 0
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new Late(`${seconds} s`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function loading(size: Size): Command {
  if (size.items === 0) return { command: 'load_example', example: {}, options: null } as unknown as Command
  const options = { filter: { min_user: 1, min_item: 1 } }
  return { command: 'load_files', files: [new File([logOf(size)], 'generated.txt')], options } as unknown as Command
}

/** What the browser tells of its graphics card; null without one. */
async function adapterOf() {
  const adapter = await (navigator.gpu as GPU | undefined)?.requestAdapter({ powerPreference: 'high-performance' })
  return adapter ? described(adapter) : null
}

function described({ info, limits, features }: GPUAdapter) {
  const { vendor = '', architecture = '', device = '', description = '' } = (info as GPUAdapterInfo | undefined) ?? {}
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage, maxComputeInvocationsPerWorkgroup } = limits
  const { maxComputeWorkgroupStorageSize, maxComputeWorkgroupsPerDimension } = limits
  return {
    ...{ vendor, architecture, device, description },
    limits: {
      ...{ maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage, maxComputeInvocationsPerWorkgroup },
      ...{ maxComputeWorkgroupStorageSize, maxComputeWorkgroupsPerDimension },
    },
    features: [...features].sort(),
  }
}
