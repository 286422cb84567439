// Parquet files: lists, some rows at a time, and embeddings with their vectors.
//
// In: rows, or a table of names, places and vectors. Out: pieces of the file, packed with snappy, as DuckDB, pandas and embedding-atlas read
// them. The library is loaded with the first such file.

import { ByteWriter, ParquetWriter } from 'hyparquet-writer'

import type { Encoder, Piece, Row } from './encoder'

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema']

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const
const LISTS: Schema = [
  { name: 'lists', num_children: 5 },
  { name: 'user', ...TEXT },
  { name: 'rank', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'item', ...TEXT },
  { name: 'title', ...TEXT },
  { name: 'score', type: 'FLOAT', repetition_type: 'REQUIRED' },
]
/** Rows of a group: few enough that the page hardly stands still while one is packed. */
const GROUP_ROWS = 16_384

/** Bytes since the last time they were taken. */
class Pieces extends ByteWriter {
  take(): Piece[] {
    const bytes = new Uint8Array(this.getBuffer())
    this.index = 0
    return bytes.length > 0 ? [bytes] : []
  }
}

export class ParquetLists implements Encoder {
  readonly #out = new Pieces()
  readonly #writer = new ParquetWriter({ writer: this.#out, schema: LISTS, createdBy: 'ContrastVAE Lab' })
  #held: Row[] = []

  async add(rows: readonly Row[]): Promise<Piece[]> {
    for (const row of rows) this.#held.push(row)
    return this.#held.length >= GROUP_ROWS ? this.#group() : []
  }

  async finish(): Promise<Piece[]> {
    const pieces = this.#held.length > 0 ? await this.#group() : []
    await this.#writer.finish()
    return [...pieces, ...this.#out.take()]
  }

  async #group(): Promise<Piece[]> {
    const rows = this.#held
    this.#held = []
    await this.#writer.write({
      rowGroupSize: rows.length,
      columnData: [
        { name: 'user', data: rows.map(({ user }) => user) },
        { name: 'rank', data: Int32Array.from(rows, ({ rank }) => rank) },
        { name: 'item', data: rows.map(({ item }) => item) },
        { name: 'title', data: rows.map(({ title }) => title) },
        { name: 'score', data: Float32Array.from(rows, ({ score }) => score) },
      ],
    })
    return this.#out.take()
  }
}

/** Embeddings with what they are of. */
export interface Embeddings {
  /** Columns of texts by name, the identifier first. */
  texts: readonly (readonly [name: string, cells: readonly string[]])[]
  /** Row-major. */
  values: Float32Array
  dimensions: number
  /** x0 y0 x1 y1 … */
  points: Float32Array
}

/** A table with a row for each vector: texts, x, y, vector. */
export async function parquetOf({ texts, values, dimensions, points }: Embeddings): Promise<Piece[]> {
  const schema: Schema = [
    { name: 'latents', num_children: texts.length + 3 },
    ...texts.map(([name]) => ({ name, ...TEXT })),
    { name: 'x', type: 'FLOAT', repetition_type: 'REQUIRED' },
    { name: 'y', type: 'FLOAT', repetition_type: 'REQUIRED' },
    { name: 'vector', repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
  ]
  const out = new Pieces()
  const writer = new ParquetWriter({ writer: out, schema, createdBy: 'ContrastVAE Lab' })
  const count = values.length / Math.max(1, dimensions)
  const axis = (at: number) => Float32Array.from({ length: count }, (_, row) => points[2 * row + at] ?? 0)
  const vectors = Array.from({ length: count }, (_, row) => Array.from(values.subarray(row * dimensions, (row + 1) * dimensions)))
  await writer.write({
    rowGroupSize: 16_384,
    columnData: [
      ...texts.map(([name, cells]) => ({ name, data: [...cells] })),
      { name: 'x', data: axis(0) },
      { name: 'y', data: axis(1) },
      { name: 'vector', data: vectors },
    ],
  })
  await writer.finish()
  return out.take()
}
