// A second map beside the first: the same items or users at an earlier epoch, or as they were noted in another run.
//
// In: the map's bench, and what somebody wishes beside it. Out: points in the plane of the first map. Snapshots of a run are turned onto each
// other as they come (orthogonal Procrustes), noted latents of another run by `moved.ts`; in a layout both are placed among its landmarks.

import type { MapBench } from './bench.svelte'
import { onPlane } from './gaussian'
import { agreement, type Latents } from './moved'
import { rowOf } from './nearest'
import { placeOf } from './places'
import type { Dots } from './scatter'

/** What stands beside the map: nothing, what was noted, or the moment of a step. */
export type Wish = 'none' | 'noted' | number

export interface Was {
  /** Null of the present run. */
  run: string | null
  epoch: number
  step: number
  /** Ascending. */
  indices: Uint32Array
  /** x0 y0 x1 y1 …, where the first map has its own. */
  points: Float32Array
  /** Share of the ten nearest in the full space that both moments have in common; null unless the latents of both are at hand. */
  agrees: number | null
}

/** Nearest ones that are compared, and rows of which. */
const NEIGHBOURS = 10
const COMPARED = 100

export class Pair {
  wish = $state<Wish>('none')
  /** Noted latents among the landmarks of a layout. */
  #placed = $state.raw<{ before: Latents; laid: object; points: Float32Array } | null>(null)

  constructor(private readonly bench: MapBench) {}

  /** The moments that can stand beside the one that is shown. */
  readonly moments = $derived.by(() => this.bench.moments.filter(({ step }) => step !== this.bench.shown?.step))

  readonly noted = $derived.by(() => (this.bench.noted?.what === this.bench.what ? this.bench.noted : null))

  readonly was = $derived.by((): Was | null => {
    const { wish, bench, noted } = this
    if (wish === 'none') return null
    if (wish === 'noted') {
      const { moved, behind } = bench
      const points = noted && moved ? this.#notedPoints(moved.before) : null
      if (!noted || !moved || !behind || !points) return null
      const { epoch, step } = noted.vectors
      const agrees = agreement(moved.before, behind, NEIGHBOURS, COMPARED)
      return { run: noted.run, epoch, step, indices: moved.before.indices, points, agrees }
    }
    const moment = this.moments.find(({ step }) => step === wish)
    const indices = moment && 'indices' in moment ? moment.indices : bench.live?.indices
    if (!moment || !indices || 2 * indices.length !== moment.points.length) return null
    return { run: null, epoch: moment.epoch, step: moment.step, indices, points: moment.points, agrees: null }
  })

  /** Lets go of a moment of a run that is gone. */
  forget(): void {
    if (this.wish !== 'noted') this.wish = 'none'
  }

  /** Places what was noted into the layout that is shown, if that is to be seen. */
  async place(): Promise<void> {
    const { layout, moved } = this.bench
    // While a layout comes about, its landmarks move.
    if (this.wish !== 'noted' || !layout?.trust || !moved) return
    const { before } = moved
    const { laid } = layout
    if (this.#placed?.before === before && this.#placed.laid === laid) return
    const points = await this.bench.layouts.placed(before, laid)
    if (points) this.#placed = { before, laid, points }
  }

  #notedPoints(before: Latents): Float32Array | null {
    const { plane, layout } = this.bench
    if (layout) return this.#placed?.before === before && this.#placed.laid === layout.laid ? this.#placed.points : null
    if (!plane) return null
    const points = new Float32Array(2 * before.indices.length)
    for (let row = 0; row < before.indices.length; row++) {
      points.set(onPlane(plane, rowOf({ values: before.mean, dimensions: before.dimensions }, row)), 2 * row)
    }
    return points
  }
}

/** The dots of `was` that the map shows as well, in the colours that they have there, and which dot of it each is. */
export function besideDots(was: Was, shown: Uint32Array, now: Dots, shrunk: number): { dots: Dots; of: number[] } {
  const [rows, of]: [number[], number[]] = [[], []]
  was.indices.forEach((index, row) => {
    const dot = placeOf(shown, index)
    if (dot < 0) return
    rows.push(row)
    of.push(dot)
  })
  const at = (axis: 0 | 1) => Float32Array.from(rows, (row) => (was.points[2 * row + axis] as number) * shrunk)
  return { dots: { x: at(0), y: at(1), category: Uint8Array.from(of, (dot) => now.category[dot] as number) }, of }
}
