// A cleaned log as the worker writes it, read in the page.

import { expect, test } from 'vitest'

import { lastHidden, logFacts, logRows, rowsOfSome } from './log-rows'

const LOG = [
  '{"user":"ann","item":"x","time":"2020-01-01T00:00:00Z"}',
  '{"user":"ann","item":"ÿ \\"1\\"","time":"2020-01-03T12:00:00Z"}',
  '{"user":"ben","item":"x","time":"2019-12-31T00:00:00Z"}',
  '{"user":"ben","item":"z","time":null,"rating":4}',
  '{"user":"ben","item":"x","time":"2020-01-02T00:00:00Z"}',
  '{"user":"cy","item":"z","time":null}',
]
const BYTES = new TextEncoder().encode(LOG.join('\n') + '\n')
const still = () => Promise.resolve()
const DAY = Date.parse('2020-01-01') / 86_400_000

test('says how long the sequences are, when they end, and what items come when', async () => {
  const shares: number[] = []
  const facts = await logFacts(BYTES, ['ann', 'ben', 'cy', 'dee'], ['x', 'ÿ "1"', 'z'], {
    told: (share) => shares.push(share),
    pause: still,
  })
  expect([...facts.lengths]).toEqual([2, 3, 1, 0])
  expect([...facts.lastOfUser]).toEqual([DAY + 2.5, DAY + 1, NaN, NaN])
  expect([...facts.firstOfItem]).toEqual([DAY - 1, DAY + 2.5, NaN])
  expect(shares).toEqual([1])
  expect(lastHidden(facts, 1)).toEqual({ history: [0, 2], answer: 0 })
  expect([lastHidden(facts, 2), lastHidden(facts, 3)]).toEqual([null, null])
})

test('comes in pieces that hold whole lines', async () => {
  const long = Array.from({ length: 20_000 }, (_, i) => `{"user":"u${i % 7}","item":"ß${i}","time":null}`)
  const read: string[] = []
  let pieces = 0
  for await (const { rows } of logRows(new TextEncoder().encode(long.join('\n')), still)) {
    pieces += 1
    read.push(...rows.map(({ item }) => item))
  }
  expect(pieces).toBeGreaterThan(2)
  expect(read).toEqual(long.map((_, i) => `ß${i}`))
})

test('gives the rows of some users or items, with titles, without what is not known', async () => {
  const named = (item: string) => ({ title: item === 'x' ? 'The X' : null, genre: null })
  const ben = await rowsOfSome(BYTES, { users: new Set(['ben']) }, named, still)
  expect(ben.rows).toBe(3)
  expect(
    ben.text
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ).toEqual([
    { user: 'ben', item: 'x', time: '2019-12-31T00:00:00Z', title: 'The X' },
    { user: 'ben', item: 'z', rating: 4 },
    { user: 'ben', item: 'x', time: '2020-01-02T00:00:00Z', title: 'The X' },
  ])
  expect((await rowsOfSome(BYTES, { items: new Set(['z']) }, named, still)).rows).toBe(2)
})
