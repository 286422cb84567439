// Lists of the best items for many users, and of the items most alike to each item, made beside the run and saved as a file.
//
// In: the session, and what a person asks for. Out: a file among the visitor's downloads, or piece by piece on the disk where it is large and
// the browser can write so; how far it is, what came of it, and what lists are like beside those of baselines. A cancelled one leaves no file.

import type { AnswerTo, ListMeasures, SimilarBy, Told } from '../../../pkg/src/protocol'
import { type Session, SessionError } from '../../../pkg/src/session'
import { text } from '../../shell/text'
import { type Encoder, Lines, type Piece } from './files/encoder'

export type ListFormat = 'csv' | 'jsonl' | 'parquet' | 'xlsx'

export interface ListsWish {
  k: number
  withHistory: boolean
  least: number
  format: ListFormat
  users: File | null
  only: File | null
  without: File | null
}

/** Lines from which on a file is written piece by piece where the browser can. */
const MANY_LINES = 1_000_000

const TYPES: Record<ListFormat, string> = {
  csv: 'text/csv',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

interface Sink {
  write(part: Piece): Promise<void>
  close(): Promise<void>
  abort(): Promise<void>
}

/** Browsers that write a file in pieces have this; the compiler's library does not know it yet. */
interface Picker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{ createWritable(): Promise<Sink> }>
}

/** What makes the formats that the worker does not write; loaded with the first such file. */
async function encoderOf(format: ListFormat): Promise<Encoder | null> {
  if (format === 'xlsx') return new (await import('./files/sheet')).Sheet()
  if (format === 'parquet') return new (await import('./files/parquet')).ParquetLists()
  return null
}

export class Everyone {
  progress = $state.raw<{ done: number; total: number; what: 'lists' | 'baselines' | 'similar' } | null>(null)
  /** What the last ones came to. */
  outcome = $state.raw<AnswerTo<'lists'> | null>(null)
  /** Measures of the lists and, once these are there, of those of the baselines. */
  measures = $state.raw<readonly ListMeasures[]>([])
  /** Lines of the last table of similar items. */
  similar = $state.raw<number | null>(null)

  readonly #session: Session
  /** Saves a file that is in memory. */
  readonly #save: (name: string, blob: Blob) => void
  /** Whether files name users by pseudonyms; these are drawn then. */
  readonly #pseudonyms: () => Promise<boolean>

  constructor(session: Session, save: (name: string, blob: Blob) => void, pseudonyms: () => Promise<boolean> = async () => false) {
    this.#session = session
    this.#save = save
    this.#pseudonyms = pseudonyms
  }

  /** `users` is how many lists there will be at most. */
  async make(wish: ListsWish, name: string, users: number): Promise<void> {
    this.forget()
    const { k, withHistory, least, format } = wish
    const [listed, only, without] = await Promise.all([wish.users, wish.only, wish.without].map((file) => file?.text()))
    const asked = {
      k,
      with_history: withHistory,
      least,
      format: format === 'csv' ? ('csv' as const) : ('jsonl' as const),
      pseudonyms: await this.#pseudonyms(),
      users: listed,
      only,
      without,
    }
    const outcome = await this.#written(`${name}.${format}`, format, users * k, 'lists', () =>
      this.#session.request({ command: 'lists', ...asked }),
    )
    this.outcome = outcome
    this.measures = [{ by: 'model', measures: outcome.measures }]
    // The file is there; what stands beside it may be cancelled without a word.
    const beside = await this.#followed('baselines', () => this.#session.request({ command: 'list_baselines', ...asked })).catch(() => null)
    if (beside && this.outcome === outcome) this.measures = [...this.measures, ...beside.rows]
  }

  /** The `k` items most alike to each of `items` items, as CSV. */
  async alike(by: SimilarBy, k: number, name: string, items: number): Promise<void> {
    this.forget()
    const table = await this.#written(`${name}.csv`, 'csv', items * k, 'similar', () =>
      this.#session.request({ command: 'similar_items', by, k, format: 'csv' }),
    )
    this.similar = table.rows
  }

  async cancel(): Promise<void> {
    await this.#session.request({ command: 'cancel_lists' })
  }

  forget(): void {
    this.outcome = null
    this.measures = []
    this.similar = null
  }

  /** Writes what the worker tells while it answers `ask` to a file, which is there whole or not at all. */
  async #written<Outcome>(
    name: string,
    format: ListFormat,
    lines: number,
    what: 'lists' | 'similar',
    ask: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const encoder = await encoderOf(format)
    const sink = await sinkOf(name, lines >= MANY_LINES, (blob) => this.#save(name, blob), format).catch(() => {
      throw new SessionError(text.everyone.noPlace)
    })
    const rows = new Lines()
    let written = Promise.resolve()
    let fault: unknown = null
    const out = async (pieces: readonly Piece[]) => {
      for (const piece of pieces) await sink.write(piece)
    }
    try {
      const outcome = await this.#followed(what, ask, (part) => {
        written = written
          .then(async () => out(encoder ? await encoder.add(rows.rows(part)) : [part]))
          .catch(async (error: unknown) => {
            if (fault !== null) return
            fault = error
            // A full disk, or more rows than the format holds: nothing more is wanted.
            await this.cancel().catch(() => {})
          })
      })
      await written
      if (fault !== null) throw fault
      if (encoder) await out(await encoder.finish())
      await sink.close()
      return outcome
    } catch (error) {
      await written
      await sink.abort().catch(() => {})
      // What the disk says of itself is no sentence.
      throw fault !== null || !(error instanceof SessionError) ? new SessionError(text.everyone.cut) : error
    }
  }

  /** Shows how far the worker is while it answers `ask`, and hands on what it tells. */
  async #followed<Outcome>(
    what: 'lists' | 'baselines' | 'similar',
    ask: () => Promise<Outcome>,
    take?: (part: Piece) => void,
  ): Promise<Outcome> {
    this.progress = { done: 0, total: 0, what }
    const leave = this.#session.subscribe((event: Told) => {
      if (event.event !== 'lists_part') return
      this.progress = { done: event.done, total: event.total, what }
      const part = event.bytes as Piece
      if (part.length > 0) take?.(part)
    })
    try {
      return await ask()
    } finally {
      leave()
      this.progress = null
    }
  }
}

/** A file on the disk where it is large and the browser can write it in pieces, else one that is put together in memory. */
async function sinkOf(name: string, isLarge: boolean, save: (blob: Blob) => void, format: ListFormat): Promise<Sink> {
  const { showSaveFilePicker } = globalThis as Picker
  if (isLarge && showSaveFilePicker) {
    const handle = await showSaveFilePicker.call(globalThis, { suggestedName: name })
    return handle.createWritable()
  }
  // A browser may put blobs on the disk, and does so with large ones.
  const parts: Blob[] = []
  return {
    write: async (part) => void parts.push(new Blob([part])),
    close: async () => save(new Blob(parts, { type: TYPES[format] })),
    abort: async () => {},
  }
}
