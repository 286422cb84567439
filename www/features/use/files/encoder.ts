// Lists in formats that the worker does not write: rows as it tells them become pieces of a file.
//
// In: JSON Lines in pieces that end anywhere. Out: bytes of an .xlsx or a Parquet file, piece by piece, so that no file is in memory as a whole.

/** A line of a list. */
export interface Row {
  user: string
  rank: number
  item: string
  title: string
  score: number
}

/** Fields of a line in the order of every format. */
export const FIELDS = ['user', 'rank', 'item', 'title', 'score'] as const

export type Piece = Uint8Array<ArrayBuffer>

/** A file in the making. */
export interface Encoder {
  add(rows: readonly Row[]): Promise<Piece[]>
  finish(): Promise<Piece[]>
}

/** Lines out of pieces of text that may end within a line or a letter. */
export class Lines {
  readonly #decoder = new TextDecoder()
  #rest = ''

  rows(part: Uint8Array): Row[] {
    const lines = (this.#rest + this.#decoder.decode(part, { stream: true })).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
  }
}
