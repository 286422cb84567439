// Users by the identifiers of the log. The worker has them all; a log may have millions, so the page asks for those that it shows.
//
// In: the session. Out: users whose identifiers begin with a text, the identifiers of numbers that were asked for, and for a file those of
// all, or their pseudonyms. Other data makes what is known void; pseudonyms stay the same for whoever has one.

import type { FoundUser } from '../../pkg/src/protocol'
import type { Session } from '../../pkg/src/session'

export class Users {
  /** Identifiers by number, of users that were asked for. */
  names = $state.raw<ReadonlyMap<number, string>>(new Map())

  /** Whether files name users by pseudonyms. */
  pseudonyms = $state(false)
  /** The key that leads from these to the identifiers; null until they are drawn. */
  key = $state.raw<Uint8Array | null>(null)

  /** Which data the answers are of. */
  #data = 0

  constructor(private readonly session: Pick<Session, 'request' | 'subscribe'>) {
    session.subscribe(({ event }) => {
      if (event !== 'loaded') return
      this.#data += 1
      this.names = new Map()
    })
  }

  /** The first users whose identifiers begin so; none while no data is there. */
  async find(text: string, most: number): Promise<{ users: FoundUser[]; total: number }> {
    try {
      return await this.session.request({ command: 'find_users', text, most })
    } catch {
      return { users: [], total: 0 }
    }
  }

  /** Asks for the identifiers of these users, where they are not known. A worker that has gone tells none, and the numbers stay. */
  async learn(users: Iterable<number>): Promise<void> {
    const unknown = [...users].filter((user) => !this.names.has(user))
    if (unknown.length === 0) return
    const data = this.#data
    const ids = await this.#ids(unknown).catch(() => [])
    if (data !== this.#data) return
    const names = new Map(this.names)
    ids.forEach((id, at) => names.set(unknown[at] as number, id))
    this.names = names
  }

  /** Names of these users for a file, of all without them: their identifiers or, where the switch is on, their pseudonyms. */
  async forFile(users?: readonly number[]): Promise<string[]> {
    return this.#ids(users, await this.named())
  }

  /** The identifiers of all users, in the order of their numbers. */
  all(): Promise<string[]> {
    return this.#ids()
  }

  /** Whether a file names users by pseudonyms; every user has one then. */
  async named(): Promise<boolean> {
    if (this.pseudonyms) await this.take()
    return this.pseudonyms
  }

  /** Takes a key that was saved, or goes on with the present one; pseudonyms that are missing are drawn. How many these were. */
  async take(file?: Blob): Promise<number> {
    const { key, added } = await this.session.request({ command: 'pseudonyms', key: await file?.text() })
    this.key = key
    return added
  }

  async #ids(users?: readonly number[], pseudonyms = false): Promise<string[]> {
    return (await this.session.request({ command: 'name_users', users: users && [...users], pseudonyms })).ids
  }
}
