// The state of the latent map's tools: which map is seen, what was worked out for it, what is chosen.
//
// In: snapshots that the lab hears, and what a person does. Out: reactive fields that the map's components read. What is worked out
// (layouts, clusters, neighbours) is of the model at one step, and says at which.

import { SvelteMap, SvelteSet } from 'svelte/reactivity'

import type { Lab, Latents, Vectors } from '../../../shell/lab.svelte'
import { Pace } from '../../../shell/pace'
import type { LatentKind } from '../../../../pkg/src/protocol'
import { text } from '../../../shell/text'
import { arrange, type Arranging, Cancelled, type Job, type Method, type Phase, type Report } from './arrange'
import type { ColourBy } from './colours'
import { Epochs, type Frame } from './epochs'
import { klOfRows, planeOf, sigmaOfRows } from './gaussian'
import { extremes } from './labels'
import { aligned, distances } from './moved'
import type { Matrix } from './nearest'
import type { Quality } from './quality'

export { placeOf } from './places'

export type Projection = 'pca' | Method

/** What is known of the points of a map. */
export type Facts = Pick<Latents, 'what' | 'epoch' | 'step' | 'indices' | 'genre' | 'popularity' | 'frequency'>

/** A map that can be drawn. */
export interface Shown extends Facts {
  projection: Projection
  /** x0 y0 x1 y1 …, between -1 and 1. */
  points: Float32Array
  /** Of principal components only. */
  explained: [number, number] | null
  /** How latents come to the plane, where that is the same for all of them and the latents of that moment are at hand. */
  plane: Float32Array | null
}

/** A layout that was worked out, and the latents that it was made of. */
export interface Arranged extends Facts {
  points: Float32Array
  vectors: Vectors
  /** How far it can be trusted; null before it is done, or of a few points. */
  quality: Quality | null
}

/** Clusters of the latents at a step. */
export interface Clusters {
  what: LatentKind
  step: number
  count: number
  /** Cluster of an item or a user, by its index. */
  of: ReadonlyMap<number, number>
  /** Of each cluster the indices nearest to its mean and farthest from it. */
  members: readonly { typical: readonly number[]; odd: readonly number[] }[]
}

export interface Work {
  what: LatentKind
  method: Method | 'clusters'
  phase: Phase | 'reading'
  done: number
  total: number
  /** Pieces a second; null while it cannot be told. */
  rate: number | null
}

/** Users on the live map, as `src/run/latents.rs` has it; the tools look at the same ones. */
const LIVE_USERS = 2000
/** Items whose latents the tools hold: more would take hundreds of megabytes in the page. */
const MOST_ITEMS = 100_000
/** How many points a layout is made of: more take minutes. */
export const LAYOUT_SIZES = [2000, 5000, 20_000] as const
const PERPLEXITY = 30
const NEIGHBOURS = 15
const DISTANCE = 0.1
const SEED = 1
/** How many members of a cluster are named as typical, and as odd. */
const MEMBERS = 5
/** Milliseconds between two readings of the latents while a run goes on. */
const READ_MILLISECONDS = 2000

export class MapBench {
  what = $state<LatentKind>('items')
  projection = $state<Projection>('pca')
  colourBy = $state<ColourBy>('genre')
  /** The epoch that is looked back at: its place among the frames; null for the present. */
  past = $state<number | null>(null)
  frames = $state.raw<Record<LatentKind, readonly Frame[]>>({ items: [], users: [] })
  work = $state.raw<Work | null>(null)
  /** How many points a layout takes. */
  most = $state<number>(LAYOUT_SIZES[0])
  clusterCount = $state(6)
  clusters = $state.raw<Clusters | null>(null)
  /** Index of the item or user that is chosen. */
  chosen = $state<number | null>(null)
  /** Indices that were picked with the lasso or the keyboard. */
  readonly selected = new SvelteSet<number>()
  /** Indices that alone are shown. */
  isolated = $state.raw<ReadonlySet<number> | null>(null)
  ties = $state(false)
  /** Whether the history of "Try it" is shown among the users. */
  trail = $state(false)
  /** Whether the posteriors of the selection are drawn, and the prior behind the dots. */
  ellipses = $state(false)
  prior = $state(false)
  /** Latents that were noted, to see how far they move: of which run, and when. They outlast the run. */
  noted = $state.raw<{ what: LatentKind; run: string; key: string; vectors: Vectors } | null>(null)
  /** Whether what the posteriors say is shown beside the map. */
  wantsPosteriors = $state(false)

  readonly arranged = new SvelteMap<string, Arranged>()
  readonly vectors = new SvelteMap<LatentKind, Vectors>()

  #epochs: Record<LatentKind, Epochs> = { items: new Epochs(), users: new Epochs() }
  #running: Arranging<Float32Array | Uint8Array> | null = null
  #reading = false
  #readAt = -Infinity
  /** Rises when the data or the run changes, so that answers which come late are dropped. */
  #age = 0

  constructor(private readonly lab: Lab) {
    lab.session.subscribe((event) => {
      if (event.event === 'latents') this.#keep(event)
      else if (event.event === 'loaded' || event.event === 'crashed') this.clear(true)
    })
    lab.onforget.add(() => this.#forget())
  }

  readonly live = $derived.by(() => this.lab.latents.get(this.what))
  readonly layout = $derived.by(() => (this.projection === 'pca' ? undefined : this.arranged.get(key(this.what, this.projection))))

  readonly shown = $derived.by((): Shown | undefined => {
    const { live, layout, projection, past } = this
    if (layout) return { ...layout, projection, explained: null, plane: null }
    // Until a layout is worked out, the dots stay where the main directions put them.
    if (!live) return undefined
    if (projection !== 'pca') return { ...live, projection: 'pca', explained: live.explained }
    const frame = past === null ? undefined : this.frames[this.what][past]
    if (!frame || frame.points.length !== live.points.length) return { ...live, projection, explained: live.explained }
    return { ...live, ...frame, projection, plane: null }
  })

  /** The latents behind the map that is shown. */
  readonly behind = $derived.by((): Vectors | undefined => this.layout?.vectors ?? this.vectors.get(this.what))

  /** KL of each user behind the map (nats); null unless they have posteriors. */
  readonly kl = $derived.by(() => {
    const { behind } = this
    if (this.what !== 'users' || !behind || behind.log_variance.length === 0) return null
    return { indices: behind.indices, values: klOfRows(behind.mean, behind.log_variance, behind.dimensions) }
  })

  /** Mean deviation of each user's posterior; empty unless they have posteriors. */
  readonly sigma = $derived(this.kl && this.behind ? sigmaOfRows(this.behind.log_variance, this.behind.dimensions) : new Float32Array())

  /** The colour that the dots have: a log without genres has none by them. */
  readonly colour = $derived.by((): ColourBy => {
    if (this.colourBy === 'genre' && !this.lab.catalogue?.genres.length) return 'popularity'
    return this.colourBy === 'moved' && this.noted?.what !== this.what ? 'popularity' : this.colourBy
  })

  /** What was noted, as it lies in the space of the latents behind the map, and how far each of these is from it. */
  readonly moved = $derived.by(() => {
    const { noted, behind } = this
    if (!noted || !behind || noted.what !== this.what) return null
    const turned = noted.key !== this.lab.runs.present?.key
    const before = aligned(noted.vectors, behind, turned)
    return before && { before, turned, indices: behind.indices, values: distances(before, behind) }
  })

  /** What the dots are coloured by as a scale; null where that is not known. */
  readonly scale = $derived.by((): { indices: Uint32Array; values: Float32Array } | null => {
    if (this.colour === 'moved') return this.moved
    if (!this.kl) return null
    return this.colour === 'sigma' ? { indices: this.kl.indices, values: this.sigma } : this.kl
  })

  /** The projection of the present map, where it is a linear one. */
  readonly plane = $derived(this.shown?.plane?.length ? planeOf(this.shown.plane) : null)

  readonly matrix = $derived.by((): Matrix | undefined => this.behind && { values: this.behind.mean, dimensions: this.behind.dimensions })

  /** Whether something that is shown wants the latents of the present map. */
  readonly wantsVectors = $derived(
    this.projection === 'pca' &&
      this.past === null &&
      (this.chosen !== null ||
        this.noted?.what === this.what ||
        (this.what === 'users' &&
          (this.ties || this.ellipses || this.prior || this.wantsPosteriors || this.colourBy === 'kl' || this.colourBy === 'sigma'))),
  )

  /** Shows items or users, without what was chosen among the others. */
  show(what: LatentKind): void {
    if (what === this.what) return
    this.what = what
    this.clear()
    this.past = null
    if (what === 'items' && (this.colourBy === 'kl' || this.colourBy === 'sigma')) this.colourBy = 'genre'
  }

  /** Chooses nothing; with other data what was noted is void too. */
  clear(data = false): void {
    if (data) this.noted = null
    this.chosen = null
    this.selected.clear()
    this.isolated = null
  }

  choose(index: number | null): void {
    this.chosen = index
  }

  toggle(index: number): void {
    if (!this.selected.delete(index)) this.selected.add(index)
  }

  select(indices: Iterable<number>): void {
    this.selected.clear()
    for (const index of indices) this.selected.add(index)
  }

  /** Notes the latents as they are now, to see how far they move. */
  async note(): Promise<void> {
    const { what, lab } = this
    const vectors = await lab.vectors(what, what === 'items' ? MOST_ITEMS : LIVE_USERS, false)
    const run = lab.runs.present
    this.noted = { what, run: run?.name ?? '', key: run?.key ?? '', vectors }
  }

  /** Reads the latents anew where those at hand are of another step. */
  async freshen(): Promise<void> {
    const { what, live } = this
    const held = this.vectors.get(what)
    const wantsViews = what === 'users' && this.ties
    const stale = !held || held.step !== live?.step || (wantsViews && !held.first_view.length && !this.#oneView(held))
    const wait = this.lab.state === 'running' && performance.now() - this.#readAt < READ_MILLISECONDS
    if (!stale || this.#reading || (held && wait)) return
    this.#reading = true
    const age = this.#age
    try {
      const found = await this.lab.vectors(what, what === 'items' ? MOST_ITEMS : LIVE_USERS, wantsViews)
      if (age === this.#age) {
        if (wantsViews) this.#asked.add(found)
        this.vectors.set(what, found)
      }
    } catch {
      // The run went away meanwhile; what comes next asks anew.
    } finally {
      this.#reading = false
      this.#readAt = performance.now()
    }
  }

  #asked = new WeakSet<Vectors>()
  /** Whether the views were asked for, and there are none. */
  #oneView = (held: Vectors) => this.#asked.has(held) && held.first_view.length === 0
  readonly hasOneView = $derived.by(() => {
    const held = this.vectors.get('users')
    return held !== undefined && this.#oneView(held)
  })

  /** Works out a layout of what is shown. Rejects with a sentence. */
  async arrange(method: Method): Promise<void> {
    const { what } = this
    await this.#do({ what, method, phase: 'reading', done: 0, total: 0, rate: null }, async (age) => {
      const vectors = await this.lab.vectors(what, this.most, false)
      if (age !== this.#age) throw new Cancelled()
      const rows = vectors.indices.length
      if (rows < 5) throw new Error(text.mapTools.tooFew(rows))
      const { epoch, step, indices, genre, popularity, frequency, dimensions } = vectors
      const facts = { what, epoch, step, indices, genre, popularity, frequency, vectors }
      const values = vectors.mean.slice()
      const job: Job =
        method === 'tsne'
          ? { method, values, dimensions, seed: SEED, perplexity: PERPLEXITY }
          : { method, values, dimensions, seed: SEED, neighbours: NEIGHBOURS, distance: DISTANCE }
      this.isolated = null
      await this.#follow(job, (report) => {
        if (report.report === 'points') this.arranged.set(key(what, method), { ...facts, points: report.points, quality: report.quality })
      })
    })
  }

  /** Finds clusters in the latents of what is shown. Rejects with a sentence. */
  async findClusters(): Promise<void> {
    const { what, clusterCount: count } = this
    await this.#do({ what, method: 'clusters', phase: 'reading', done: 0, total: 0, rate: null }, async (age) => {
      const vectors = this.layout?.vectors ?? (await this.lab.vectors(what, what === 'items' ? MOST_ITEMS : LIVE_USERS, false))
      if (age !== this.#age) throw new Cancelled()
      if (!this.layout) this.vectors.set(what, vectors)
      const { step, indices, dimensions, mean } = vectors
      const found = await this.#follow({ method: 'clusters', values: mean.slice(), dimensions, seed: SEED, clusters: count }, () => {})
      const of = new Map(Array.from(indices, (index, row) => [index, found[row] ?? 0]))
      const named = (rows: readonly number[]) => rows.map((row) => indices[row] as number)
      const members = extremes({ values: mean, dimensions }, found, count, MEMBERS).map(({ typical, odd }) => ({
        typical: named(typical),
        odd: named(odd),
      }))
      this.clusters = { what, step, count, of, members }
    })
  }

  /** Gives up what is being worked out; a layout that was under way goes. */
  cancel(): void {
    this.#age += 1
    this.#running?.cancel()
    const { work } = this
    if (work && work.method !== 'clusters') this.arranged.delete(key(work.what, work.method))
    this.work = null
  }

  /** One piece of work at a time; one that was given up says nothing. */
  async #do(work: Work, action: (age: number) => Promise<void>): Promise<void> {
    this.cancel()
    this.work = work
    const age = this.#age
    try {
      await action(age)
    } catch (error) {
      if (error instanceof Cancelled || age !== this.#age) return
      throw error
    } finally {
      if (age === this.#age) this.work = null
    }
  }

  async #follow(job: Job, hear: (report: Report) => void): Promise<Float32Array | Uint8Array> {
    let pace = new Pace()
    const running = arrange<Float32Array | Uint8Array>(job, (report) => {
      if (report.report === 'requests') this.lab.privacy.add('worker', report.requests)
      if (this.#running !== running) return
      hear(report)
      if (report.report !== 'progress' || !this.work) return
      const { phase, done, total } = report
      if (phase !== this.work.phase) pace = new Pace()
      pace.add(performance.now(), done)
      this.work = { ...this.work, phase, done, total, rate: pace.rate() }
    })
    this.#running = running
    try {
      return await running.result
    } catch (error) {
      if (error instanceof Cancelled) throw error
      throw new Error(text.mapTools.failed(error instanceof Error ? error.message : String(error)), { cause: error })
    } finally {
      if (this.#running === running) this.#running = null
    }
  }

  #keep({ what, epoch, step, explained, points }: Latents): void {
    const epochs = this.#epochs[what]
    if (!epochs.add({ epoch, step, explained, points })) return
    if (this.past !== null && what === this.what) this.past = null
    this.frames = { ...this.frames, [what]: epochs.frames }
  }

  #forget(): void {
    this.cancel()
    this.vectors.clear()
    this.arranged.clear()
    this.clusters = null
    this.#epochs.items.clear()
    this.#epochs.users.clear()
    this.frames = { items: [], users: [] }
    this.past = null
    this.projection = 'pca'
    if (this.colourBy === 'cluster') this.colourBy = 'genre'
  }
}

const key = (what: LatentKind, method: Method) => `${what} ${method}`
