// The language between the page and the worker. The types of commands, answers and events are generated from the Rust side; what is
// added here concerns the worker's own script: which device it takes, and what can go wrong before the Rust side runs. It sends codes,
// for which the page has words in its language; sentences of the Rust side are English.

import type { HeldFile } from './held'
import type { Answer, Command, DeviceKind, Event, Request as CommandRequest } from './generated/protocol'
import type { Attempt, Request, Way } from './requests'

export type * from './generated/protocol'

/** The answer to a command: the one of its name, or else the word that it is done. */
export type AnswerTo<Name extends Command['command']> = Name extends Answer['to']
  ? Extract<Answer, { to: Name }>
  : Extract<Answer, { to: 'done' }>

/** What the address may ask for with `?device=`. */
export type DeviceWish = 'auto' | 'cpu' | 'gpu' | 'software-gpu'

/** Why a device was taken; `text.device.because` has the words. */
export type DeviceReason =
  | 'realAdapter'
  | 'askedForGpu'
  | 'askedForCpu'
  | 'noWebGpu'
  | 'noAdapter'
  | 'software'
  | 'notBuilt'
  | 'tooSmall'
  | 'failed'
  | 'failedTwice'
  | 'wrong'

/** How many cores the address asks for with `?threads=`; null for as many as are usual. */
export type ThreadsWish = number | null

/** Why so many cores train; `text.device.cores` has the words. */
export type ThreadsReason = 'all' | 'asked' | 'oneCore' | 'notBuilt' | 'notIsolated' | 'noSharedMemory' | 'failed' | 'gpu'

/**
 * Which device was taken. `adapter` is the GPU that was found, empty where none was or it has no name; `detail` is what a failure said;
 * `buffer_bytes` is the largest buffer that a launch on the GPU may use, null on the CPU.
 */
export interface DeviceChoice {
  kind: DeviceKind
  adapter: string
  because: DeviceReason
  detail: string
  buffer_bytes: number | null
}

/** Why a worker could not start; `text.crash` has the sentences. */
export type StartFault = 'noWebAssembly' | 'noWorker' | 'noMemory' | 'starting'
/**
 * Why a worker broke off: a fault of the program, no memory, a GPU that is gone, no memory there, a GPU that computes something else than the
 * CPU. `text.crash.why` has the words.
 */
export type RunFault = 'running' | 'memory' | 'device' | 'deviceMemory' | 'deviceWrong'

/** Why a GPU is not tried; `detail` is a sentence that a failure left, or empty. */
export interface GpuFailure {
  because: Extract<DeviceReason, 'failed' | 'failedTwice' | 'wrong'>
  /** Name of the GPU, as far as it is known. */
  adapter?: string
  detail: string
}

/** The first message to a worker. */
export interface Boot {
  boot: {
    wish: DeviceWish
    /** Set where the GPU failed in earlier workers. */
    gpu_failure: GpuFailure | null
    threads: ThreadsWish
    /** A port for each thread that there may be; a fault of it is told there. */
    faults: MessagePort[]
  }
}

/** Asks the worker to try to send a word elsewhere; it answers with `attempted`. */
export interface Trial {
  attempt: Way[]
}

/** A command, whose files come beside it where the worker cannot read them. */
export type Asked = CommandRequest & { held?: HeldFile[] }

export type ToWorker = Boot | Trial | Asked

/** A worker, or one of its threads, that broke off after its start. */
export interface Crashed {
  event: 'crashed'
  fault: RunFault
  detail: string
  started: true
}

/** What the worker's script adds to the events of the Rust side. */
export type HostEvent =
  /** Which device was taken, and the address of the module for it. */
  | ({ event: 'device'; module: string; threads: number; threads_because: ThreadsReason } & DeviceChoice)
  /** What the worker asked the network for since it told last. */
  | { event: 'requests'; requests: Request[] }
  /** What became of attempts to send something elsewhere. */
  | { event: 'attempted'; attempts: Attempt[] }
  /** The module is on its way. `bytes_total` is null where the server does not tell. */
  | { event: 'download'; bytes_done: number; bytes_total: number | null }
  /** The GPU could not be started; a fresh worker should take the CPU. */
  | { event: 'gpu_failed'; message: string }
  /** The worker cannot go on; `detail` is for a report. */
  | { event: 'crashed'; fault: StartFault; detail: string; started: false }
  | Crashed

export type FromWorker = Event | HostEvent

/** What happens without being asked for; answers go to those who asked. */
export type Told = Exclude<FromWorker, { event: 'answered' | 'refused' }>
