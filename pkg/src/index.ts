// The entry of the npm package: trains in a worker, without this project's page.
//
// In: which device is wished for. Out: a trainer with the interface of `window.contrastvae`.

import type { DeviceWish } from './protocol'
import { Session } from './session'
import { crash } from './crash'
import { Trainer } from './trainer'

export type { Config, Event, Example, LatentKind, Metrics, ReadOptions, RunState, Summary } from './protocol'
export { SessionError } from './session'
export type { ContrastVaeApi, FlatReport, Latents, Measured, Partially, Recommended, Standing } from './interface'
export type { Trainer } from './trainer'

export interface TrainerOptions {
  /** `'auto'` takes the GPU where the browser offers a real one, and the CPU elsewhere. */
  device?: DeviceWish
  /** Another way to the worker, for a bundler that moves files: it must run `worker.js` of this package as a module. */
  worker?: () => Worker
}

/** Starts a worker. What is asked of the trainer before it is up waits for it. */
export function createTrainer({ device = 'auto', worker = ownWorker }: TrainerOptions = {}): Trainer {
  const session = new Session(device, worker, () => crash)
  const trainer = new Trainer(session)
  session.start()
  return trainer
}

function ownWorker(): Worker {
  return new Worker(new URL(/* @vite-ignore */ './worker.js', import.meta.url), { type: 'module', name: 'contrastvae' })
}
