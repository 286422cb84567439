// The page's end of the map's heavy tools: starts a worker for each job, passes its reports on and ends it.
//
// In: latents and what to make of them. Out: a promise of the result that can be given up.

import { pageWorker } from '../../../../pkg/src/page-worker'
import type { Request } from '../../../../pkg/src/requests'
import type { Quality } from './quality'
import workerUrl from './arrange-worker?worker&url'

export type Method = 'tsne' | 'umap'

interface Rows {
  /** Row-major. */
  values: Float32Array<ArrayBuffer>
  dimensions: number
  seed: number
}

export type Job =
  /** `landmarks` rows are laid out, the others placed among them. */
  | (Rows & { method: 'tsne'; landmarks: number; perplexity: number; start?: Float32Array })
  | (Rows & { method: 'umap'; landmarks: number; neighbours: number; distance: number })
  /** All rows are placed among landmarks of another moment. */
  | (Rows & { method: 'place'; landmarks: Float32Array; points: Float32Array })
  | (Rows & { method: 'clusters'; clusters: number })

export type Phase = 'neighbours' | 'placing' | 'graph' | 'layout' | 'clusters'

/** How far a map can be trusted: its landmarks among themselves as they were laid out, and what was placed among all. */
export interface Trust {
  /** Null where all rows were placed. */
  laid: Quality | null
  /** Null where all rows were laid out, or of a few. */
  placed: Quality | null
}

export type Report =
  | { report: 'progress'; phase: Phase; done: number; total: number }
  /** x0 y0 x1 y1 … of all rows, the largest coordinate 1; `trust` comes with the last ones. */
  | { report: 'points'; points: Float32Array<ArrayBuffer>; trust: Trust | null; done: boolean }
  /** The cluster of each row, the largest cluster first. */
  | { report: 'clusters'; clusters: Uint8Array<ArrayBuffer> }
  | { report: 'failed'; detail: string }
  /** What the worker asked the network for, which is its own script. */
  | { report: 'requests'; requests: Request[] }

/** A job was given up before it was done. */
export class Cancelled extends Error {
  override name = 'Cancelled'
}

export interface Arranging<Result> {
  result: Promise<Result>
  cancel(): void
}

/** Starts a job; `hear` gets its reports, the last one included. The job's values move to the worker. */
export function arrange<Result extends Float32Array | Uint8Array>(job: Job, hear: (report: Report) => void): Arranging<Result> {
  const worker = pageWorker(workerUrl, import.meta.url, 'contrastvae-map')
  let giveUp: (error: Error) => void = () => {}
  const result = new Promise<Result>((resolve, reject) => {
    giveUp = reject
    worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
      hear(data)
      if (data.report === 'failed') reject(new Error(data.detail))
      else if (data.report === 'clusters') resolve(data.clusters as Uint8Array as Result)
      else if (data.report === 'points' && data.done) resolve(data.points as Float32Array as Result)
    })
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      reject(new Error(event.message || 'the worker of the map did not start'))
    })
  })
  void result.finally(() => worker.terminate()).catch(() => {})
  worker.postMessage(job, [job.values.buffer])
  return {
    result,
    cancel: () => {
      worker.terminate()
      giveUp(new Cancelled())
    },
  }
}
