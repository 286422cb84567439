// The state of the latent map's tools: which map is seen, what was worked out for it, what is chosen.
//
// In: snapshots that the lab hears, and what a person does. Out: reactive fields that the map's components read. What is worked out
// (layouts in `layouts.svelte.ts`, clusters, neighbours) is of the model at one step, and says at which.

import { SvelteMap, SvelteSet } from 'svelte/reactivity'

import type { Lab, Latents, Vectors } from '../../../shell/lab.svelte'
import type { LatentKind } from '../../../../pkg/src/protocol'
import type { Method } from './arrange'
import type { ColourBy } from './colours'
import { Epochs, type Frame } from './epochs'
import { klOfRows, planeOf, sigmaOfRows } from './gaussian'
import { extremes } from './labels'
import { type Facts, Layouts, LIVE_USERS, MOST_ROWS, type Moment } from './layouts.svelte'
import { aligned, distances } from './moved'
import type { Matrix } from './nearest'
import { Pair } from './pair.svelte'
import { Works } from './works.svelte'

export { placeOf } from './places'

export type Projection = 'pca' | Method

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

  readonly works: Works
  readonly layouts: Layouts
  readonly pair: Pair = new Pair(this)
  readonly vectors = new SvelteMap<LatentKind, Vectors>()

  #epochs: Record<LatentKind, Epochs> = { items: new Epochs(), users: new Epochs() }
  #reading = false
  #readAt = -Infinity

  constructor(private readonly lab: Lab) {
    this.works = new Works(lab)
    this.layouts = new Layouts(lab, this.works)
    lab.session.subscribe((event) => {
      if (event.event === 'latents') this.#keep(event)
      else if (event.event === 'loaded' || event.event === 'crashed') this.clear(true)
    })
    lab.onforget.add(() => this.#forget())
  }

  readonly live = $derived.by(() => this.lab.latents.get(this.what))
  readonly layout = $derived.by(() => (this.projection === 'pca' ? undefined : this.layouts.of(this.what, this.projection)))
  /** The moments of the slider. */
  readonly moments = $derived.by((): readonly (Frame | Moment)[] => this.layout?.frames ?? this.frames[this.what])

  /** What is shown of a layout: an earlier epoch, or the latest moment. */
  readonly moment = $derived.by((): Moment | undefined => this.layout?.frames[this.past ?? Infinity] ?? this.layout)

  readonly shown = $derived.by((): Shown | undefined => {
    const { live, moment, projection, past } = this
    if (moment) return { ...moment, projection, explained: null, plane: null }
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

  /** Shows another projection, at present. */
  project(projection: Projection): void {
    this.projection = projection
    this.past = null
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
    const vectors = await lab.vectors(what, what === 'items' ? MOST_ROWS : LIVE_USERS, false)
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
    const age = this.works.age
    try {
      const found = await this.lab.vectors(what, what === 'items' ? MOST_ROWS : LIVE_USERS, wantsViews)
      if (age === this.works.age) {
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
    this.isolated = null
    this.past = null
    await this.layouts.arrange(this.what, method)
  }

  /** Finds clusters in the latents of what is shown. Rejects with a sentence. */
  async findClusters(): Promise<void> {
    const { what, clusterCount: count } = this
    await this.works.do({ what, method: 'clusters', phase: 'reading', done: 0, total: 0, rate: null }, async (check) => {
      const vectors = this.layout?.vectors ?? (await this.lab.vectors(what, what === 'items' ? MOST_ROWS : LIVE_USERS, false))
      check()
      if (!this.layout) this.vectors.set(what, vectors)
      const { step, indices, dimensions, mean } = vectors
      const job = { method: 'clusters', values: mean.slice(), dimensions, seed: SEED, clusters: count } as const
      const found = await this.works.follow(job, () => {})
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
    const work = this.works.cancel()
    if (work && work.method !== 'clusters' && work.phase !== 'epochs') this.layouts.drop(work.what, work.method)
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
    this.layouts.forget()
    this.pair.forget()
    this.clusters = null
    this.#epochs.items.clear()
    this.#epochs.users.clear()
    this.frames = { items: [], users: [] }
    this.past = null
    this.projection = 'pca'
    if (this.colourBy === 'cluster') this.colourBy = 'genre'
  }
}
