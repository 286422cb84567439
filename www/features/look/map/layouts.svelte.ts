// Layouts by t-SNE and UMAP: landmarks that are laid out, every other dot placed among them, and other epochs placed into the same map.
//
// In: latents of a moment, and of each epoch while a run goes on. Out: layouts with a frame for each epoch that was seen. An epoch is read when it
// has ended, from the moment on at which the map is on the page; before a layout is there, the latents are kept, within bounds.

import { SvelteMap } from 'svelte/reactivity'

import type { LatentKind } from '../../../../pkg/src/protocol'
import type { Lab, Latents, Vectors } from '../../../shell/lab.svelte'
import { text } from '../../../shell/text'
import { Cancelled, type Job, type Method, type Trust } from './arrange'
import { chosenRows, rowsOf } from './landmarks'
import type { Works } from './works.svelte'

/** What is known of the points of a map. */
export type Facts = Pick<Latents, 'what' | 'epoch' | 'step' | 'indices' | 'genre' | 'popularity' | 'frequency'>

/** A layout at one moment. */
export interface Moment extends Facts {
  /** x0 y0 x1 y1 …, between -1 and 1. */
  points: Float32Array
  /** Null before it is known. */
  trust: Trust | null
}

/** A layout that was worked out: the latest moment of it, the latents of that moment, and those before. */
export interface Arranged extends Moment {
  vectors: Vectors
  /** What was laid out, and when; the values of the landmarks come with the last report. */
  laid: { epoch: number; step: number; landmarks: number; values: Float32Array; points: Float32Array }
  /** All moments that are known, the latest among them. */
  frames: readonly Moment[]
}

/** Rows of a map: more would take hundreds of megabytes in the page. */
export const MOST_ROWS = 100_000
/** Users on the live map, as `src/run/latents.rs` has it; the tools look at the same ones. */
export const LIVE_USERS = 2000
/** Numbers of landmarks to choose from: of more a layout takes minutes. */
export const LANDMARKS = [2000, 5000, 20_000] as const
/** Rows up to which an epoch is read and placed without being asked to. Items are there to be read; users cost the training a pass for each 256. */
const UNASKED_ROWS: Record<LatentKind, number> = { items: 20_000, users: 5_000 }
/** Numbers that are kept of earlier epochs: 40 MB of single precision. */
const MOST_NUMBERS = 10_000_000
const PERPLEXITY = 30
const NEIGHBOURS = 15
const DISTANCE = 0.1
const SEED = 1

const METHODS: readonly Method[] = ['tsne', 'umap']
export const keyOf = (what: LatentKind, method: Method) => `${what} ${method}`

export class Layouts {
  readonly arranged = new SvelteMap<string, Arranged>()
  /** How many landmarks a layout takes. */
  landmarks = $state<number>(LANDMARKS[0])
  /** Latents of earlier epochs. */
  #past: Record<LatentKind, readonly Vectors[]> = { items: [], users: [] }
  #reading = false
  /** Rises with each run, whose latents have nothing to do with those before. */
  #run = 0

  constructor(
    private readonly lab: Lab,
    private readonly works: Works,
  ) {}

  of(what: LatentKind, method: Method): Arranged | undefined {
    return this.arranged.get(keyOf(what, method))
  }

  drop(what: LatentKind, method: Method): void {
    this.arranged.delete(keyOf(what, method))
  }

  forget(): void {
    this.#run += 1
    this.arranged.clear()
    this.#past = { items: [], users: [] }
  }

  /** Works out a layout of what there is at present. Rejects with a sentence. */
  async arrange(what: LatentKind, method: Method): Promise<void> {
    await this.works.do({ what, method, phase: 'reading', done: 0, total: 0, rate: null }, async (check) => {
      const vectors = await this.lab.vectors(what, MOST_ROWS, false)
      check()
      const rows = vectors.indices.length
      if (rows < 5) throw new Error(text.mapTools.tooFew(rows))
      const { dimensions, mean, epoch, step } = vectors
      const chosen = chosenRows(rows, this.landmarks, SEED)
      const { values } = rowsOf({ values: mean, dimensions }, chosen)
      const job = { values: mean.slice(), dimensions, seed: SEED, landmarks: this.landmarks }
      await this.works.follow(
        method === 'tsne' ? { ...job, method, perplexity: PERPLEXITY } : { ...job, method, neighbours: NEIGHBOURS, distance: DISTANCE },
        (report) => {
          if (report.report !== 'points') return
          const moment = { ...factsOf(vectors), points: report.points, trust: report.trust }
          const laid = {
            epoch,
            step,
            landmarks: chosen.length,
            values,
            points: rowsOf({ values: report.points, dimensions: 2 }, chosen).values,
          }
          this.arranged.set(keyOf(what, method), { ...moment, vectors, laid, frames: [moment] })
        },
      )
      const earlier = this.#past[what].filter((one) => one.step !== step && one.dimensions === dimensions)
      for (const [i, one] of earlier.entries()) {
        this.works.present = { what, method, phase: 'epochs', done: i, total: earlier.length, rate: null }
        await this.#add(method, one)
        check()
      }
    })
  }

  /** Whether the present epoch is placed only if somebody asks for it. */
  asks(what: LatentKind): boolean {
    return METHODS.some((method) => (this.of(what, method)?.indices.length ?? 0) > UNASKED_ROWS[what])
  }

  /** Reads the latents of an epoch that has ended and places them into the layouts; `asked` for a large map as well. */
  async see(what: LatentKind, asked = false): Promise<void> {
    const live = this.lab.latents.get(what)
    if (!live || !this.lab.hasModel || this.#reading || !this.#wanted(what, live) || (!asked && this.asks(what))) return
    const run = this.#run
    this.#reading = true
    let done = false
    try {
      const held = METHODS.flatMap((method) => this.of(what, method) ?? [])
      const most = what === 'items' || held.length > 0 ? MOST_ROWS : LIVE_USERS
      if (held.length === 0 && what === 'items' && live.indices.length > UNASKED_ROWS.items) return
      const vectors = await this.lab.vectors(what, most, false)
      if (run !== this.#run) return
      this.#keep(vectors)
      for (const method of METHODS) if (run === this.#run) await this.#add(method, vectors)
      done = true
    } catch (error) {
      // The run went away meanwhile; what comes next asks anew.
      if (asked && !(error instanceof Cancelled)) throw error
    } finally {
      this.#reading = false
    }
    // The run may have ended meanwhile.
    if (done && this.lab.state !== 'running') await this.see(what)
  }

  /** One reading an epoch while a run goes on, and one of where it ended. */
  #wanted(what: LatentKind, { step, epoch }: Latents): boolean {
    const seen = this.#past[what].at(-1)
    if (!seen) return true
    // A reading may be later than the snapshot that it followed.
    return this.lab.state === 'running' ? epoch > seen.epoch : step > seen.step
  }

  #keep(vectors: Vectors): void {
    let kept = withMoment(
      this.#past[vectors.what].filter(({ step }) => step < vectors.step),
      vectors,
    )
    const numbers = () => kept.reduce((sum, { mean }) => sum + mean.length, 0)
    while (kept.length > 2 && numbers() > MOST_NUMBERS) kept = kept.filter((_, i) => i % 2 === 0 || i === kept.length - 1)
    this.#past = { ...this.#past, [vectors.what]: kept }
  }

  /** Where rows of the same space lie among landmarks; null if their width is another. */
  async placed({ mean, dimensions }: Pick<Vectors, 'mean' | 'dimensions'>, laid: Arranged['laid']): Promise<Float32Array | null> {
    if (laid.values.length !== laid.landmarks * dimensions) return null
    const job: Job = { ...{ method: 'place', values: mean.slice(), dimensions, seed: SEED }, landmarks: laid.values, points: laid.points }
    return this.works.start<Float32Array>(job, () => {}).result
  }

  /** Places the latents of another moment among the landmarks of a layout. */
  async #add(method: Method, vectors: Vectors): Promise<void> {
    const { what, mean, dimensions } = vectors
    const laid = this.of(what, method)?.laid
    if (!laid || laid.values.length !== laid.landmarks * dimensions) return
    let trust: Trust | null = null
    const job: Job = {
      ...{ method: 'place', values: mean.slice(), dimensions, seed: SEED },
      ...{ landmarks: laid.values, points: laid.points },
    }
    const points = await this.works.start<Float32Array>(job, (report) => {
      if (report.report === 'points') trust = report.trust
    }).result
    const layout = this.of(what, method)
    if (layout?.laid !== laid) return
    const moment = { ...factsOf(vectors), points, trust }
    const frames = withMoment(layout.frames, moment, laid.step)
    const latest = frames.at(-1) === moment
    this.arranged.set(keyOf(what, method), latest ? { ...layout, ...moment, vectors, frames } : { ...layout, frames })
  }
}

/** Moments with one more, in their order: the first of each epoch, the latest, and the one of `always`. */
export function withMoment<One extends { epoch: number; step: number }>(moments: readonly One[], one: One, always = NaN): One[] {
  const all = [...moments.filter(({ step }) => step !== one.step), one].sort((a, b) => a.step - b.step)
  return all.filter(({ epoch, step }, i) => i === all.length - 1 || step === always || all[i - 1]?.epoch !== epoch)
}

const factsOf = ({ what, epoch, step, indices, genre, popularity, frequency }: Vectors): Facts => ({
  what,
  epoch,
  step,
  indices,
  genre,
  popularity,
  frequency,
})
