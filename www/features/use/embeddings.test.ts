import { expect, test } from 'vitest'

import { embeddingFiles, placed } from './embeddings'

const TABLE = {
  texts: [
    ['item', ['a', 'b']],
    ['title', ['A', 'B']],
  ] as const,
  values: Float32Array.of(1, 2, 3, 5),
  dimensions: 2,
  points: Float32Array.of(0, 0, 1, 1),
}

test('a vector comes to the map as the map has it', () => {
  // Centre (1, 1), axes (2, 0) and (0, -1).
  expect([...placed(TABLE.values, 2, Float32Array.of(1, 1, 2, 0, 0, -1))]).toEqual([0, -1, 4, -4])
})

test('each format is its files', async () => {
  const [[ending, text]] = (await embeddingFiles('tsv', TABLE)) as [[string, Blob]]
  expect([ending, await text.text()]).toEqual(['tsv', 'item\ttitle\td1\td2\na\tA\t1\t2\nb\tB\t3\t5\n'])
  const npy = await embeddingFiles('npy', TABLE)
  expect(npy.map(([ending]) => ending)).toEqual(['npy', 'metadata.tsv'])
  expect(await npy[1]?.[1].text()).toBe('item\ttitle\na\tA\nb\tB\n')
  expect((await embeddingFiles('parquet', TABLE)).map(([ending]) => ending)).toEqual(['parquet'])
})
