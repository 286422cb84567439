import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { usesZstd } from './parquet-codec'

const input = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../tests/cases/container_parquet_${name}/input.parquet`, import.meta.url)))
const uses = (bytes: Uint8Array) => usesZstd(new Blob([bytes as Uint8Array<ArrayBuffer>]))

/** A file with one column of a codec (twice the number), as short as it can be. */
const withCodec = (coded: number) => {
  const footer = [0x49, 0x1c, 0x19, 0x1c, 0x3c, 0x45, coded, 0, 0, 0, 0]
  return new Uint8Array([0x50, 0x41, 0x52, 0x31, ...footer, footer.length, 0, 0, 0, 0x50, 0x41, 0x52, 0x31])
}

describe('zstd in a Parquet file', () => {
  test('is found, also in one column alone', async () => {
    for (const name of ['zstd', 'zstd_row_groups', 'zstd_and_snappy']) expect(await uses(input(name)), name).toBe(true)
    expect(await uses(withCodec(12))).toBe(true)
  })

  test('is no other codec', async () => {
    for (const coded of [0, 2, 4, 8, 11, 14]) expect(await uses(withCodec(coded)), String(coded)).toBe(false)
  })

  test('is not looked for in what is damaged, which ends in time', async () => {
    const bytes = input('zstd')
    expect(await uses(new Uint8Array())).toBe(false)
    expect(await uses(bytes.slice(0, -1))).toBe(false)
    for (let at = bytes.length - 700; at < bytes.length; at++) {
      for (const byte of [0, 0x1c, 0xff]) {
        const damaged = bytes.slice()
        damaged[at] = byte
        expect(typeof (await uses(damaged))).toBe('boolean')
      }
    }
    // A list of numbers that would go on for ever.
    const endless = [0x19, 0xf7, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]
    expect(await uses(new Uint8Array([...endless, endless.length, 0, 0, 0, 0x50, 0x41, 0x52, 0x31]))).toBe(false)
  })
})
