// What the map's dots are sieved by: brushes over histograms, what the log and the model say beyond the snapshots, and selections with names.
//
// In: the map's bench, the log's rows, the model's answers, and what a person brushes. Out: facets, kept selections, and a log of a selection
// alone. A selection is kept by the log's own identifiers, so that it lasts while the same items or users are loaded in another way.

import { SvelteMap } from 'svelte/reactivity'

import type { Lab } from '../../../shell/lab.svelte'
import { text } from '../../../shell/text'
import type { Users } from '../../../shell/users.svelte'
import type { LatentKind } from '../../../../pkg/src/protocol'
import { type MapBench, placeOf, type Shown } from './bench.svelte'
import { type Brush, categories, type Facet, type FacetKey, numbers } from './facets'
import { sigmaOfRows } from './gaussian'
import { lastHidden, type LogFacts, logFacts, rowsOfSome } from './log-rows'

/** A selection that was kept under a name. */
export interface Kept {
  name: string
  what: LatentKind
  ids: readonly string[]
}

/** Where the model has the answer of each user that it was asked for: a rank from 1, or infinity beyond the list. */
export interface Found {
  step: number
  rank: ReadonlyMap<number, number>
}

/** Interactions up to which the log is read without being asked to: a second of work, spread over a few. */
export const READ_UNASKED = 1_000_000
/** Items that the model is asked for, and the ranks that count as one category: the last bin holds what lies beyond. */
const LIST = 100
const RANKS = [5, 10, 20, 100] as const
/** Genres that have a bin of their own. */
const GENRES = 10

export class Sieve {
  /** Whether the histograms are shown. */
  open = $state(false)
  readonly brushes = new SvelteMap<FacetKey, Brush>()
  kept = $state.raw<readonly Kept[]>([])
  /** Name of what is selected, as far as somebody gave it one. */
  name = $state('')
  facts = $state.raw<LogFacts | null>(null)
  found = $state.raw<Found | null>(null)
  /** What is under way, and the share of it that is done. */
  work = $state.raw<{ kind: 'reading' | 'asking' | 'writing'; share: number } | null>(null)
  /** Rises when what is under way is given up. */
  #age = 0

  constructor(
    private readonly lab: Lab,
    private readonly bench: MapBench,
    private readonly users: Users,
  ) {
    lab.session.subscribe(({ event }) => {
      if (event !== 'loaded' && event !== 'crashed') return
      this.cancel()
      this.facts = null
      this.brushes.clear()
    })
    lab.onforget.add(() => {
      if (this.work?.kind === 'asking') this.cancel()
      this.found = null
      this.brushes.delete('found')
    })
  }

  cancel(): void {
    this.#age += 1
    this.work = null
  }

  /** Takes a brush, or takes it away. */
  brush(key: FacetKey, brush: Brush | null): void {
    if (brush) this.brushes.set(key, brush)
    else this.brushes.delete(key)
  }

  /** Whether the last item of a user is what the test asks for. */
  readonly asksLast = $derived.by(() => this.lab.summary?.split.rule.rule === 'leave_one_out')

  /** Reads the log, for lengths and times. */
  async read(): Promise<void> {
    await this.#do('reading', async (told) => {
      const [bytes, users] = await Promise.all([this.#rows(), this.users.all()])
      const items = this.lab.catalogue?.ids ?? []
      return logFacts(bytes, users, items, { told }).then((facts) => () => (this.facts = facts))
    })
  }

  /** Asks the model for the last item of each of these users, which is hidden from it. */
  async ask(users: Uint32Array): Promise<void> {
    const { facts } = this
    if (!facts) return
    const { hasModel, run } = this.lab
    if (!hasModel) return
    await this.#do('asking', async (told) => {
      const rank = new Map<number, number>()
      const step = run.progress?.step ?? 0
      for (const [at, user] of users.entries()) {
        const hidden = lastHidden(facts, user)
        if (hidden) {
          const list = await this.lab.recommend(hidden.history, LIST)
          const place = list.findIndex(({ item }) => item === hidden.answer)
          rank.set(user, place < 0 ? Infinity : place + 1)
        }
        told((at + 1) / users.length)
      }
      return () => (this.found = { step, rank })
    })
  }

  /** The facets of a map's dots. */
  facetsOf(shown: Shown): Facet[] {
    const { indices, what } = shown
    const { facts, found } = this
    const { kl, behind } = this.bench
    const known = (values: ArrayLike<number>) => Float32Array.from(values, (value) => (value < 0 ? NaN : value))
    const all = [
      numbers('popularity', shown.popularity, 'logarithmic'),
      numbers('frequency', known(shown.frequency), 'logarithmic'),
      this.#genres(shown),
    ]
    if (what === 'items') {
      if (facts)
        all.push(
          numbers(
            'time',
            Float64Array.from(indices, (item) => facts.firstOfItem[item] ?? NaN),
            'linear',
          ),
        )
      return all.filter((facet) => facet !== null)
    }
    if (facts) {
      all.push(
        numbers(
          'length',
          Float32Array.from(indices, (user) => facts.lengths[user] ?? NaN),
          'logarithmic',
        ),
      )
      all.push(
        numbers(
          'time',
          Float64Array.from(indices, (user) => facts.lastOfUser[user] ?? NaN),
          'linear',
        ),
      )
    }
    if (kl && behind) {
      const sigma = sigmaOfRows(behind.log_variance, behind.dimensions)
      const of = (values: Float32Array) => Float32Array.from(indices, (user) => values[placeOf(kl.indices, user)] ?? NaN)
      all.push(numbers('kl', of(kl.values), 'linear'), numbers('sigma', of(sigma), 'linear'))
    }
    if (found) {
      const groups = Array.from(indices, (user) => groupOf(found.rank.get(user)))
      all.push(categories('found', groups, rankNames()))
    }
    return all.filter((facet) => facet !== null)
  }

  /** The commonest genres by a bin each, and the others together. */
  #genres({ genre }: Shown): Facet | null {
    const { genres = [] } = this.lab.catalogue ?? {}
    const counts = new Map<number, number>()
    for (const one of genre) if (one >= 0) counts.set(one, (counts.get(one) ?? 0) + 1)
    const order = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b)
    const leading = order.slice(0, GENRES)
    const place = new Map(order.map((one, i) => [one, Math.min(i, GENRES)]))
    const names = leading.map((one) => genres[one] ?? '')
    if (order.length > GENRES) names.push(text.map.other(order.length - GENRES))
    return categories(
      'genre',
      Array.from(genre, (one) => place.get(one) ?? -1),
      names,
    )
  }

  // Selections with names

  /** Keeps what is selected under a name; one that has this name already makes way. */
  async keep(name: string): Promise<void> {
    const { what, selected } = this.bench
    const ids = await this.idsOf(what, [...selected])
    this.kept = [...this.kept.filter((one) => one.name !== name || one.what !== what), { name, what, ids }]
  }

  drop(kept: Kept): void {
    this.kept = this.kept.filter((one) => one !== kept)
  }

  /** Selects what was kept, as far as it is loaded. */
  async take({ name, what, ids }: Kept): Promise<void> {
    const all = what === 'items' ? (this.lab.catalogue?.ids ?? []) : await this.users.all()
    const place = new Map(all.map((id, index) => [id, index]))
    this.name = name
    this.bench.show(what)
    this.brushes.clear()
    this.bench.select(ids.flatMap((id) => place.get(id) ?? []))
  }

  /** Identifiers in the log of items or users. */
  async idsOf(what: LatentKind, indices: readonly number[]): Promise<string[]> {
    if (what === 'items') return indices.map((item) => this.lab.catalogue?.ids[item] ?? '')
    await this.users.learn(indices)
    return indices.map((user) => this.users.names.get(user) ?? '')
  }

  /** Loads the log of the selection alone, and of what it needs: all that these users had, or all that anybody had of these items. */
  async loadAlone(name: string): Promise<void> {
    const { what, selected } = this.bench
    const { lab } = this
    const { catalogue, summary } = lab
    const options = lab.reading.source?.options
    if (!catalogue || !summary || !options) return
    await this.#do('writing', async () => {
      const ids = new Set(await this.idsOf(what, [...selected]))
      const place = new Map(catalogue.ids.map((id, item) => [id, item]))
      const named = (id: string) => {
        const item = place.get(id) ?? -1
        const title = catalogue.titles === catalogue.ids ? null : (catalogue.titles[item] ?? null)
        return { title, genre: catalogue.genres[catalogue.genre[item] ?? -1] ?? null }
      }
      const { text: lines } = await rowsOfSome(await this.#rows(), what === 'items' ? { items: ids } : { users: ids }, named)
      return () => new File(lines, `${name}.jsonl`, { type: 'application/x-ndjson' })
    }).then(async (file) => {
      if (!file || !(await lab.mayDrop())) return
      await lab.loadFiles([file], { filter: options.filter ?? {}, ...(options.split ? { split: options.split } : {}) })
    })
  }

  async #rows(): Promise<Uint8Array> {
    return (await this.lab.session.request({ command: 'clean', format: 'jsonl' })).bytes
  }

  /** One piece of work at a time; one that was given up comes to nothing. */
  async #do<Result>(
    kind: 'reading' | 'asking' | 'writing',
    action: (told: (share: number) => void) => Promise<() => Result>,
  ): Promise<Result | undefined> {
    this.cancel()
    const age = this.#age
    this.work = { kind, share: 0 }
    const told = (share: number) => {
      if (age !== this.#age) throw new GivenUp()
      this.work = { kind, share }
    }
    try {
      const take = await action(told)
      return age === this.#age ? take() : undefined
    } catch (error) {
      if (error instanceof GivenUp || age !== this.#age) return undefined
      throw error
    } finally {
      if (age === this.#age) this.work = null
    }
  }
}

/** The category of a rank; -1 of a user that was not asked for. */
function groupOf(rank: number | undefined): number {
  if (rank === undefined) return -1
  const group = RANKS.findIndex((most) => rank <= most)
  return group < 0 ? RANKS.length : group
}

const rankNames = () => [...RANKS.map((most, i) => text.mapSieve.rank((RANKS[i - 1] ?? 0) + 1, most)), text.mapSieve.beyond(LIST)]

class GivenUp extends Error {
  override name = 'GivenUp'
}

/** Recall and NDCG at 20 of those users whose answer was asked for, as the evaluation counts them; null of nobody. */
export function metricsOf({ rank }: Found, users: Iterable<number>): { users: number; recall: number; ndcg: number } | null {
  let [asked, recall, ndcg] = [0, 0, 0]
  for (const user of users) {
    const own = rank.get(user)
    if (own === undefined) continue
    asked += 1
    if (own <= 20) {
      recall += 1
      ndcg += 1 / Math.log2(own + 1)
    }
  }
  return asked === 0 ? null : { users: asked, recall: recall / asked, ndcg: ndcg / asked }
}
