// Embeddings out of the page, as files that other programs read.
//
// In: vectors with their names, and the plane of the map. Out: files by format: a table of text; NumPy's own, with the names beside it; or
// Parquet with x and y, as programs that draw points want it. The columns are those of `contrastvae export`.

import { tsv } from '../../shell/tsv'
import { npy } from './files/npy'
import type { Embeddings } from './files/parquet'

export type EmbeddingFormat = 'tsv' | 'npy' | 'parquet'

/** How a vector comes to the map: the centre, then the two axes. */
export function placed(values: Float32Array, dimensions: number, plane: Float32Array): Float32Array {
  const points = new Float32Array((2 * values.length) / Math.max(1, dimensions))
  const at = (index: number) => plane[index] ?? 0
  for (let row = 0; row * dimensions < values.length; row++)
    for (const axis of [0, 1]) {
      let sum = 0
      for (let i = 0; i < dimensions; i++) sum += at((axis + 1) * dimensions + i) * ((values[row * dimensions + i] ?? 0) - at(i))
      points[2 * row + axis] = sum
    }
  return points
}

/** Files by their endings. */
export async function embeddingFiles(format: EmbeddingFormat, table: Embeddings): Promise<[ending: string, blob: Blob][]> {
  const { texts, values, dimensions } = table
  const count = texts[0]?.[1].length ?? 0
  const names = texts.map(([name]) => name)
  const cells = (row: number) => texts.map(([, all]) => all[row] ?? '')
  const text = (header: string[], rows: (string | number)[][]) => new Blob([tsv(header, rows)], { type: 'text/tab-separated-values' })
  if (format === 'parquet') {
    const { parquetOf } = await import('./files/parquet')
    return [['parquet', new Blob(await parquetOf(table), { type: 'application/vnd.apache.parquet' })]]
  }
  const rows = Array.from({ length: count }, (_, row) => row)
  if (format === 'npy')
    return [
      ['npy', new Blob([npy(values, dimensions)], { type: 'application/octet-stream' })],
      ['metadata.tsv', text(names, rows.map(cells))],
    ]
  const columns = Array.from({ length: dimensions }, (_, at) => `d${at + 1}`)
  const vector = (row: number) => values.subarray(row * dimensions, (row + 1) * dimensions)
  return [
    [
      'tsv',
      text(
        [...names, ...columns],
        rows.map((row) => [...cells(row), ...vector(row)]),
      ),
    ],
  ]
}
