import { describe, expect, test } from 'vitest'

import { packedOf } from './unpack'

const bytes = (...of: (number | string)[]) =>
  new Blob(of.map((one) => (typeof one === 'string' ? new TextEncoder().encode(one) : new Uint8Array([one]))))

describe('a file that must be unpacked', () => {
  test('is told by its first bytes, whatever its name', async () => {
    expect(await packedOf(bytes(0x28, 0xb5, 0x2f, 0xfd, 'rest'))).toBe('stream')
    expect(await packedOf(bytes(0xfd, '7zXZ', 0, 'rest'))).toBe('stream')
    expect(await packedOf(bytes('BZh9', 0x31, 0x41, 0x59, 'rest'))).toBe('stream')
    expect(await packedOf(bytes(0xd0, 0xcf, 0x11, 0xe0))).toBe('workbook')
  })

  test('is a spreadsheet by the names in the archive', async () => {
    const zip = ['PK', 3, 4] as const
    expect(await packedOf(bytes(...zip, 'mimetypeapplication/vnd.oasis.opendocument.spreadsheet'))).toBe('workbook')
    expect(await packedOf(bytes(...zip, 'x'.repeat(200_000), 'xl/workbook.xml'))).toBe('workbook')
    expect(await packedOf(bytes(...zip, 'ratings.csv'))).toBeNull()
  })

  test('is a Parquet file by its codec', async () => {
    const parquet = (codec: number) => {
      const footer = [0x49, 0x1c, 0x19, 0x1c, 0x3c, 0x45, codec, 0, 0, 0, 0]
      return bytes('PAR1', ...footer, footer.length, 0, 0, 0, 'PAR1')
    }
    expect(await packedOf(parquet(12))).toBe('stream')
    expect(await packedOf(parquet(2))).toBeNull()
  })

  test('is no text, gzip or Parquet, which the reader of logs opens by itself', async () => {
    for (const text of ['', 'user,item\n', 'BZh,item\n', 'BZhang,lamp\n', 'PAR1']) expect(await packedOf(bytes(text))).toBeNull()
    expect(await packedOf(bytes(0x1f, 0x8b, 8))).toBeNull()
  })
})
