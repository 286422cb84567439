// Lists of the best items for many users, made beside the run and saved as a file.
//
// In: the session, and what a person asks for. Out: a file among the visitor's downloads, or piece by piece on the disk where it is large and
// the browser can write so; how far it is, and what came of it. A cancelled one leaves no file.

import type { AnswerTo, Told } from '../../../pkg/src/protocol'
import type { Session } from '../../../pkg/src/session'

export type ListFormat = 'csv' | 'jsonl'

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

const TYPES: Record<ListFormat, string> = { csv: 'text/csv', jsonl: 'application/x-ndjson' }

interface Sink {
  write(part: Uint8Array<ArrayBuffer>): Promise<void>
  close(): Promise<void>
  abort(): Promise<void>
}

/** Browsers that write a file in pieces have this; the compiler's library does not know it yet. */
interface Picker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{ createWritable(): Promise<Sink> }>
}

export class Everyone {
  progress = $state.raw<{ done: number; total: number } | null>(null)
  /** What the last ones came to. */
  outcome = $state.raw<AnswerTo<'lists'> | null>(null)

  readonly #session: Session
  /** Saves a file that is in memory. */
  readonly #save: (name: string, blob: Blob) => void

  constructor(session: Session, save: (name: string, blob: Blob) => void) {
    this.#session = session
    this.#save = save
  }

  /** `users` is how many lists there will be at most. */
  async make(wish: ListsWish, name: string, users: number): Promise<void> {
    this.outcome = null
    const { k, withHistory, least, format } = wish
    const [listed, only, without] = await Promise.all([wish.users, wish.only, wish.without].map((file) => file?.text()))
    const sink = await sinkOf(`${name}.${format}`, users * k >= MANY_LINES, (blob) => this.#save(`${name}.${format}`, blob), format)
    this.progress = { done: 0, total: users }
    let written = Promise.resolve()
    const leave = this.#session.subscribe((event: Told) => {
      if (event.event !== 'lists_part') return
      this.progress = { done: event.done, total: event.total }
      const part = event.bytes as Uint8Array<ArrayBuffer>
      if (part.length > 0) written = written.then(() => sink.write(part))
    })
    try {
      const outcome = await this.#session.request({
        command: 'lists',
        k,
        with_history: withHistory,
        least,
        format,
        users: listed,
        only,
        without,
      })
      await written
      await sink.close()
      this.outcome = outcome
    } catch (error) {
      await written.catch(() => {})
      await sink.abort().catch(() => {})
      throw error
    } finally {
      leave()
      this.progress = null
    }
  }

  async cancel(): Promise<void> {
    await this.#session.request({ command: 'cancel_lists' })
  }

  forget(): void {
    this.outcome = null
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
