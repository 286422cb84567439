// Data sets that the site itself brings, beside the page: `local-data.json`.
//
// In: a list of names and addresses, an empty one on public sites. Out: files as if somebody had dropped them. Only addresses
// of the page's own origin are taken.

import { SINGLE } from '../../../pkg/src/built'

export interface LocalSet {
  name: string
  /** Addresses relative to the page. */
  files: string[]
  /** A sentence that says on what terms the data may be used. */
  licence: string
  note: string
}

const LIST = './local-data.json'

/** The sets that there are; none where the list is missing or no list. */
export async function localSets(): Promise<LocalSet[]> {
  if (SINGLE) return []
  try {
    const answer = await fetch(LIST)
    return answer.ok ? readList(await answer.json(), location.href) : []
  } catch {
    return []
  }
}

/** What of a list can be used. */
export function readList(list: unknown, page: string): LocalSet[] {
  if (!Array.isArray(list)) return []
  const words = (value: unknown) => (typeof value === 'string' ? value : '')
  return list.flatMap((entry: Partial<Record<keyof LocalSet, unknown>> | null) => {
    const files = Array.isArray(entry?.files) ? entry.files.filter((file): file is string => typeof file === 'string') : []
    const own = files.length > 0 && files.every((file) => URL.canParse(file, page) && new URL(file, page).origin === new URL(page).origin)
    const name = words(entry?.name)
    return own && name ? [{ name, files, licence: words(entry?.licence), note: words(entry?.note) }] : []
  })
}

/** Fetches the files of a set; `told` hears of the bytes so far and, where the server says so, of all. */
export async function fetchSet(set: LocalSet, signal: AbortSignal, told: (done: number, total: number) => void): Promise<File[]> {
  const answers = await Promise.all(set.files.map((address) => fetch(address, { signal })))
  const total = answers.reduce((sum, answer) => sum + Number(answer.headers.get('content-length') ?? NaN), 0)
  let done = 0
  const files: File[] = []
  for (const [at, answer] of answers.entries()) {
    const address = set.files[at] ?? ''
    if (!answer.ok || !answer.body) throw new UnreachableSet(address, answer.status)
    const pieces: Uint8Array<ArrayBuffer>[] = []
    const reader = answer.body.getReader()
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      pieces.push(piece.value)
      done += piece.value.length
      // A server that packs what it sends announces fewer bytes than come.
      told(done, done <= total ? total : 0)
    }
    files.push(new File(pieces, decodeURIComponent(address.split(/[?#]/)[0]?.split('/').pop() ?? '')))
  }
  return files
}

export class UnreachableSet extends Error {
  constructor(
    readonly address: string,
    readonly status: number,
  ) {
    super(`${address}: ${status}`)
  }
}
