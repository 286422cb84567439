// The cleaned log in the page: what it says of each user and item beyond what the worker sends, and the part of it that a selection is about.
//
// In: the log as JSON Lines, as the worker writes it, and the identifiers in the order of their numbers. Out: lengths, times and histories; or
// the rows of some users or items. It is read piece by piece, so that the page goes on meanwhile.

/** A row of the cleaned log. */
export interface LogRow {
  user: string
  item: string
  /** ISO 8601; null if the log has no times that a calendar knows. */
  time: string | null
  rating?: number | null
  event?: string | null
}

export interface LogFacts {
  /** Interactions of each user. */
  lengths: Uint32Array
  /** Where each user's history begins in `history`; one more than there are users. */
  starts: Uint32Array
  /** Item numbers, users one after another and each oldest first. */
  history: Uint32Array
  /** Days since 1970 of each user's last interaction, and of each item's first; NaN where the log has no times. */
  lastOfUser: Float64Array
  firstOfItem: Float64Array
}

/** Bytes that are read at once: a few milliseconds of work. */
const PIECE = 1 << 18
const NEWLINE = 10
const DAY_MILLISECONDS = 86_400_000

const breath = () => new Promise<void>((resolve) => setTimeout(resolve))

/** The rows, a piece of the text at a time. */
export async function* logRows(bytes: Uint8Array, pause = breath): AsyncGenerator<{ rows: LogRow[]; done: number }> {
  const decoder = new TextDecoder()
  for (let from = 0; from < bytes.length;) {
    const line = bytes.indexOf(NEWLINE, Math.min(bytes.length, from + PIECE))
    const to = line < 0 ? bytes.length : line + 1
    const lines = decoder.decode(bytes.subarray(from, to)).split('\n')
    yield { rows: lines.filter(Boolean).map((text) => JSON.parse(text) as LogRow), done: to }
    from = to
    await pause()
  }
}

export async function logFacts(
  bytes: Uint8Array,
  users: readonly string[],
  items: readonly string[],
  { told = () => {}, pause = breath }: { told?: (share: number) => void; pause?: () => Promise<void> } = {},
): Promise<LogFacts> {
  const userOf = new Map(users.map((id, user) => [id, user]))
  const itemOf = new Map(items.map((id, item) => [id, item]))
  const of: number[][] = users.map(() => [])
  const lastOfUser = new Float64Array(users.length).fill(NaN)
  const firstOfItem = new Float64Array(items.length).fill(NaN)
  for await (const { rows, done } of logRows(bytes, pause)) {
    for (const { user: userId, item: itemId, time } of rows) {
      const [user, item] = [userOf.get(userId), itemOf.get(itemId)]
      if (user === undefined || item === undefined) continue
      of[user]?.push(item)
      const day = time === null ? NaN : Date.parse(time) / DAY_MILLISECONDS
      if (Number.isNaN(day)) continue
      lastOfUser[user] = day
      if (!((firstOfItem[item] as number) <= day)) firstOfItem[item] = day
    }
    told(done / bytes.length)
  }
  const lengths = Uint32Array.from(of, (own) => own.length)
  const starts = new Uint32Array(users.length + 1)
  lengths.forEach((length, user) => (starts[user + 1] = (starts[user] as number) + length))
  return { lengths, starts, history: Uint32Array.from(of.flat()), lastOfUser, firstOfItem }
}

/** All that a user had but the last, and the last; null for a user with fewer than two. */
export function lastHidden({ starts, history }: LogFacts, user: number): { history: number[]; answer: number } | null {
  const own = [...history.subarray(starts[user], starts[user + 1])]
  const answer = own.pop()
  return answer === undefined || own.length === 0 ? null : { history: own, answer }
}

/** What is known of an item, beside each of its rows. */
export interface Named {
  title: string | null
  genre: string | null
}

/** The rows of some users or of some items as JSON Lines, with titles and genres, and how many they are. */
export async function rowsOfSome(
  bytes: Uint8Array,
  kept: { users: ReadonlySet<string> } | { items: ReadonlySet<string> },
  named: (item: string) => Named,
  pause = breath,
): Promise<{ text: string[]; rows: number }> {
  const keeps = (row: LogRow) => ('users' in kept ? kept.users.has(row.user) : kept.items.has(row.item))
  const text: string[] = []
  let count = 0
  for await (const { rows } of logRows(bytes, pause)) {
    const own = rows.filter(keeps)
    count += own.length
    text.push(own.map((row) => `${JSON.stringify(written(row, named(row.item)))}\n`).join(''))
  }
  return { text, rows: count }
}

/** Without what is not known, since a column of nothing but nulls would be a role without values. */
function written({ user, item, time, rating, event }: LogRow, { title, genre }: Named): object {
  const all = Object.entries({ user, item, time, rating, event, title, genres: genre })
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined))
}
