// The worker of the map's heavy tools: t-SNE, UMAP and clusters, step by step. Whoever started it ends it by terminating it.
//
// In: one `Job`. Out: `Report`s: how far it is, how the points lie meanwhile, and the result.

import { UMAP } from 'umap-js'

import { watchRequests } from '../../../../pkg/src/requests'
import type { Job, Report } from './arrange'
import { kMeans } from './kmeans'
import { type Matrix, nearest, type Neighbours, rowCount, rowOf } from './nearest'
import { qualityOf } from './quality'
import { seeded } from './random'
import { Tsne, TSNE_STEPS, neighboursFor } from './tsne'

/** Milliseconds between two reports. */
const REPORT_MILLISECONDS = 100
/** Milliseconds between two looks at how the points lie. */
const LOOK_MILLISECONDS = 700

/** Neighbours by which a layout is judged, and points of which they are compared: two seconds for 20,000 points. */
const JUDGED_NEIGHBOURS = 10
const JUDGED_POINTS = 100

// The compiler knows pages, whose `postMessage` differs.
const post = self.postMessage.bind(self) as (report: Report, transfer?: Transferable[]) => void

watchRequests((requests) => post({ report: 'requests', requests }))

self.addEventListener('message', ({ data }: MessageEvent<Job>) => {
  try {
    work(data)
  } catch (error) {
    post({ report: 'failed', detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
  }
})

function work(job: Job): void {
  const matrix: Matrix = { values: job.values, dimensions: job.dimensions }
  const rows = rowCount(matrix)
  if (job.method === 'clusters') {
    const clusters = drain(kMeans(matrix, job.clusters, job.seed), 'clusters', 4)
    post({ report: 'clusters', clusters }, [clusters.buffer])
    return
  }
  if (job.method === 'tsne') {
    const perplexity = Math.min(job.perplexity, Math.max(2, (rows - 1) / 3))
    const tsne = new Tsne(neighbours(matrix, neighboursFor(perplexity, rows)), rows, { perplexity, seed: job.seed, start: job.start })
    layOut(
      matrix,
      TSNE_STEPS,
      () => tsne.step(),
      () => scaled(tsne.points),
    )
    return
  }
  const count = Math.min(job.neighbours, rows)
  const { indices, distances, count: found } = neighbours(matrix, count - 1)
  const random = seeded(job.seed)
  const umap = new UMAP({ nNeighbors: count, minDist: job.distance, random })
  // The package counts a point as its own nearest neighbour.
  const rowsOf = (values: ArrayLike<number>, own: (row: number) => number) =>
    Array.from({ length: rows }, (_, row) => [own(row), ...Array.from({ length: found }, (_, i) => values[row * found + i] as number)])
  umap.setPrecomputedKNN(
    rowsOf(indices, (row) => row),
    rowsOf(distances, () => 0),
  )
  // The package builds its graph in one go.
  post({ report: 'progress', phase: 'graph', done: 0, total: 0 })
  const steps = umap.initializeFit(Array.from({ length: rows }, (_, row) => Array.from(rowOf(matrix, row))))
  layOut(
    matrix,
    steps,
    () => void umap.step(),
    () => scaled(umap.getEmbedding().flat()),
  )
}

function neighbours(matrix: Matrix, count: number): Neighbours {
  return drain(nearest(matrix, count), 'neighbours', rowCount(matrix))
}

/** Runs a generator to its end and reports what it yields. */
function drain<Result>(pieces: Generator<number, Result>, phase: 'neighbours' | 'clusters', total: number): Result {
  let told = -Infinity
  for (;;) {
    const piece = pieces.next()
    if (piece.done) return piece.value
    const now = performance.now()
    if (now - told < REPORT_MILLISECONDS) continue
    told = now
    post({ report: 'progress', phase, done: piece.value, total })
  }
}

/** Takes the steps of a layout and reports where the points lie from time to time. */
function layOut(matrix: Matrix, steps: number, step: () => void, points: () => Float32Array<ArrayBuffer>): void {
  let told = -Infinity
  let looked = performance.now()
  for (let done = 1; done <= steps; done++) {
    step()
    const now = performance.now()
    if (now - told >= REPORT_MILLISECONDS) {
      told = now
      post({ report: 'progress', phase: 'layout', done, total: steps })
    }
    if (now - looked >= LOOK_MILLISECONDS && done < steps) {
      looked = now
      const present = points()
      post({ report: 'points', points: present, quality: null, done: false }, [present.buffer])
    }
  }
  const last = points()
  const quality = qualityOf(matrix, last, JUDGED_NEIGHBOURS, JUDGED_POINTS)
  post({ report: 'points', points: last, quality, done: true }, [last.buffer])
}

/** Points round their middle, the largest coordinate 1, as the map draws them. */
function scaled(points: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const least = [Infinity, Infinity]
  const most = [-Infinity, -Infinity]
  for (let i = 0; i < points.length; i++) {
    least[i % 2] = Math.min(least[i % 2] as number, points[i] as number)
    most[i % 2] = Math.max(most[i % 2] as number, points[i] as number)
  }
  const middle = least.map((value, i) => (value + (most[i] as number)) / 2)
  const reach = Math.max((most[0] as number) - (middle[0] as number), (most[1] as number) - (middle[1] as number)) || 1
  return Float32Array.from({ length: points.length }, (_, i) => ((points[i] as number) - (middle[i % 2] as number)) / reach)
}
