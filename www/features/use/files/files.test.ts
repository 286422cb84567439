import { inflateRawSync } from 'node:zlib'

import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'

import { type Encoder, Lines, type Piece, type Row } from './encoder'
import { SHEET_ROWS } from './limits'
import { npy } from './npy'
import { ParquetLists, parquetOf } from './parquet'
import { Sheet } from './sheet'

const ROWS: Row[] = Array.from({ length: 700 }, (_, at) => ({
  user: `u${at >> 1}`,
  rank: (at & 1) + 1,
  item: `00${at}`,
  title: at === 3 ? 'Ä & <b>"茶"</b> _x0041_\u0007' : `title ${at}`,
  score: at / 8 - 3,
}))

async function written(encoder: Encoder, rows: readonly Row[]): Promise<Buffer> {
  const pieces: Piece[] = []
  for (let from = 0; from < rows.length; from += 300) pieces.push(...(await encoder.add(rows.slice(from, from + 300))))
  return Buffer.concat([...pieces, ...(await encoder.finish())])
}

/** Files of an archive by its table of contents, as a reader that knows nothing of how it was written. */
function unzipped(archive: Buffer): Record<string, string> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  let at = archive.readUInt32LE(end + 16)
  const files: Record<string, string> = {}
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed, size, length, offset] = [
      archive.readUInt16LE(at + 10),
      archive.readUInt32LE(at + 20),
      archive.readUInt32LE(at + 24),
      archive.readUInt16LE(at + 28),
      archive.readUInt32LE(at + 42),
    ]
    const first = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28)
    const bytes = archive.subarray(first, first + packed)
    const plain = method === 8 ? inflateRawSync(bytes) : bytes
    expect(plain.length).toBe(size)
    files[archive.toString('utf8', at + 46, at + 46 + length)] = plain.toString('utf8')
    at += 46 + length
  }
  expect(at).toBe(end)
  return files
}

test('lines come whole out of pieces that end anywhere', () => {
  const bytes = new TextEncoder().encode(
    ROWS.slice(0, 9)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  )
  const lines = new Lines()
  const rows: Row[] = []
  for (let from = 0; from < bytes.length; from += 7) rows.push(...lines.rows(bytes.subarray(from, from + 7)))
  expect(rows).toEqual(ROWS.slice(0, 9))
})

test('a spreadsheet has the rows as texts and numbers, whatever signs they hold', async () => {
  const files = unzipped(await written(new Sheet(), ROWS))
  expect(Object.keys(files)).toContain('[Content_Types].xml')
  const sheet = files['xl/worksheets/sheet1.xml'] ?? ''
  expect(sheet.match(/<row>/g)).toHaveLength(1 + ROWS.length)
  expect(sheet).toContain('<t xml:space="preserve">Ä &amp; &lt;b&gt;"茶"&lt;/b&gt; _x005F_x0041__x0007_</t>')
  expect(sheet).toContain('<t xml:space="preserve">000</t>')
  expect(sheet).toContain('<c><v>-2.875</v></c>')
  // Without a row it is a sheet as well.
  expect(unzipped(await written(new Sheet(), []))['xl/worksheets/sheet1.xml']).toContain('score')
})

test('a spreadsheet refuses a row too many', async () => {
  const sheet = new Sheet()
  const many = Array.from({ length: SHEET_ROWS + 1 }, () => ROWS[0] as Row)
  await expect(sheet.add(many)).rejects.toThrow('too many rows')
})

const fileOf = (bytes: Buffer) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer

test('a Parquet file of lists is read back by another program’s reader', async () => {
  const many = Array.from({ length: 50 }, () => ROWS).flat()
  const read = await parquetReadObjects({ file: fileOf(await written(new ParquetLists(), many)) })
  expect(read).toHaveLength(many.length)
  expect(read[703]).toEqual(ROWS[3])
  expect(read.at(-1)).toEqual(ROWS.at(-1))
  expect(await parquetReadObjects({ file: fileOf(await written(new ParquetLists(), [])) })).toEqual([])
})

test('a Parquet file of embeddings has a place and a vector for each row', async () => {
  const pieces = await parquetOf({
    texts: [
      ['item', ['a', 'b']],
      ['title', ['A', '茶']],
    ],
    values: Float32Array.of(1, 2, 3, 4, 5, 6.5),
    dimensions: 3,
    points: Float32Array.of(0.5, -1, 1, 0.25),
  })
  expect(await parquetReadObjects({ file: fileOf(Buffer.concat(pieces)) })).toEqual([
    { item: 'a', title: 'A', x: 0.5, y: -1, vector: [1, 2, 3] },
    { item: 'b', title: '茶', x: 1, y: 0.25, vector: [4, 5, 6.5] },
  ])
})

test('a matrix is as NumPy writes it', () => {
  const bytes = Buffer.from(npy(Float32Array.of(1, -2.5, 3, 4), 2))
  expect(bytes.toString('latin1', 1, 6)).toBe('NUMPY')
  const length = bytes.readUInt16LE(8)
  expect((10 + length) % 64).toBe(0)
  expect(bytes.toString('latin1', 10, 10 + length).trimEnd()).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }")
  expect(bytes.readFloatLE(10 + length + 4)).toBe(-2.5)
  expect(bytes.length).toBe(10 + length + 16)
})
