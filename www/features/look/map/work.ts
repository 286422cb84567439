// The map's heavy tools, step by step: t-SNE and UMAP of landmarks with every other row placed among them, other moments placed, clusters.
//
// In: one `Job`. Out: `Report`s: how far it is, how the points lie meanwhile, and the result.

import { UMAP } from 'umap-js'

import type { Job, Report, Trust } from './arrange'
import { kMeans } from './kmeans'
import { type Anchors, anchorsOf, chosenRows, placed, rowsOf } from './landmarks'
import { type Matrix, nearest, type Neighbours, rowCount, rowOf } from './nearest'
import { qualityOf } from './quality'
import { seeded } from './random'
import { Tsne, TSNE_STEPS, neighboursFor } from './tsne'

/** Milliseconds between two reports. */
const REPORT_MILLISECONDS = 100
/** Milliseconds between two looks at how the points lie. */
const LOOK_MILLISECONDS = 700

/** Neighbours by which a layout is judged, and points of which they are compared: a second for 100,000 points. */
const JUDGED_NEIGHBOURS = 10
const JUDGED_POINTS = 100

type Post = (report: Report, transfer?: Transferable[]) => void

export function work(job: Job, post: Post): void {
  const all: Matrix = { values: job.values, dimensions: job.dimensions }
  if (job.method === 'clusters') {
    const clusters = drain(kMeans(all, job.clusters, job.seed), 'clusters', 4, post)
    post({ report: 'clusters', clusters }, [clusters.buffer])
  } else if (job.method === 'place') {
    place(all, { values: job.landmarks, dimensions: job.dimensions }, job.points, post)
  } else {
    const rows = chosenRows(rowCount(all), job.landmarks, job.seed)
    const map = new LandmarkMap(all, rows, post)
    if (job.method === 'tsne') tsne(job, map, post)
    else umap(job, map, post)
  }
}

/** Places rows among landmarks whose points are known. */
function place(matrix: Matrix, landmarks: Matrix, points: Float32Array, post: Post): void {
  const last = placed(drain(anchorsOf(matrix, landmarks), 'placing', rowCount(matrix), post), points)
  const trust = { laid: null, placed: qualityOf(matrix, last, JUDGED_NEIGHBOURS, JUDGED_POINTS) }
  post({ report: 'points', points: last, trust, done: true }, [last.buffer])
}

/** A map of which some rows are laid out, and how the others come into it. */
class LandmarkMap {
  /** The rows that are laid out. */
  readonly landmarks: Matrix
  readonly #others: Uint32Array<ArrayBuffer>
  readonly #anchors: Anchors | null

  constructor(
    private readonly all: Matrix,
    private readonly rows: Uint32Array<ArrayBuffer>,
    post: Post,
  ) {
    const total = rowCount(all)
    const laid = new Set(rows)
    this.landmarks = rows.length === total ? all : rowsOf(all, rows)
    this.#others = Uint32Array.from({ length: total }, (_, row) => row).filter((row) => !laid.has(row))
    // Before the layout, so that all dots are seen while it comes about.
    const others = this.#others.length
    this.#anchors = others > 0 ? drain(anchorsOf(rowsOf(all, this.#others), this.landmarks), 'placing', others, post) : null
  }

  /** Points of all rows, by those of the landmarks. */
  points(laid: ArrayLike<number>): Float32Array<ArrayBuffer> {
    const own = scaled(laid)
    if (!this.#anchors) return own
    const others = placed(this.#anchors, own)
    const all = new Float32Array(2 * rowCount(this.all))
    this.rows.forEach((row, i) => all.set(own.subarray(2 * i, 2 * i + 2), 2 * row))
    this.#others.forEach((row, i) => all.set(others.subarray(2 * i, 2 * i + 2), 2 * row))
    return all
  }

  trust(points: Float32Array): Trust {
    const laid = Float32Array.from(
      { length: 2 * this.rows.length },
      (_, i) => points[2 * (this.rows[i >> 1] as number) + (i % 2)] as number,
    )
    return {
      laid: qualityOf(this.landmarks, laid, JUDGED_NEIGHBOURS, JUDGED_POINTS),
      placed: qualityOf(this.all, points, JUDGED_NEIGHBOURS, JUDGED_POINTS, this.#others),
    }
  }
}

function tsne(job: Extract<Job, { method: 'tsne' }>, map: LandmarkMap, post: Post): void {
  const rows = rowCount(map.landmarks)
  const perplexity = Math.min(job.perplexity, Math.max(2, (rows - 1) / 3))
  const near = neighbours(map.landmarks, neighboursFor(perplexity, rows), post)
  const tsne = new Tsne(near, rows, { perplexity, seed: job.seed, start: job.start })
  layOut(
    map,
    post,
    TSNE_STEPS,
    () => tsne.step(),
    () => tsne.points,
  )
}

function umap(job: Extract<Job, { method: 'umap' }>, map: LandmarkMap, post: Post): void {
  const { landmarks } = map
  const rows = rowCount(landmarks)
  const count = Math.min(job.neighbours, rows)
  const { indices, distances, count: found } = neighbours(landmarks, count - 1, post)
  const random = seeded(job.seed)
  const umap = new UMAP({ nNeighbors: count, minDist: job.distance, random })
  // The package counts a point as its own nearest neighbour.
  const listed = (values: ArrayLike<number>, own: (row: number) => number) =>
    Array.from({ length: rows }, (_, row) => [own(row), ...Array.from({ length: found }, (_, i) => values[row * found + i] as number)])
  umap.setPrecomputedKNN(
    listed(indices, (row) => row),
    listed(distances, () => 0),
  )
  // The package builds its graph in one go.
  post({ report: 'progress', phase: 'graph', done: 0, total: 0 })
  const steps = umap.initializeFit(Array.from({ length: rows }, (_, row) => Array.from(rowOf(landmarks, row))))
  layOut(
    map,
    post,
    steps,
    () => void umap.step(),
    () => umap.getEmbedding().flat(),
  )
}

function neighbours(matrix: Matrix, count: number, post: Post): Neighbours {
  return drain(nearest(matrix, count), 'neighbours', rowCount(matrix), post)
}

/** Runs a generator to its end and reports what it yields. */
function drain<Result>(pieces: Generator<number, Result>, phase: 'neighbours' | 'placing' | 'clusters', total: number, post: Post): Result {
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
function layOut(map: LandmarkMap, post: Post, steps: number, step: () => void, laid: () => ArrayLike<number>): void {
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
      const present = map.points(laid())
      post({ report: 'points', points: present, trust: null, done: false }, [present.buffer])
    }
  }
  const last = map.points(laid())
  post({ report: 'points', points: last, trust: map.trust(last), done: true }, [last.buffer])
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
