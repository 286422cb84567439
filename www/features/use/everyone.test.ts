import { afterEach, expect, test, vi } from 'vitest'

import type { Told } from '../../../pkg/src/protocol'
import { type Session, SessionError } from '../../../pkg/src/session'
import { Everyone, type ListsWish } from './everyone.svelte'

const WISH: ListsWish = { k: 10, withHistory: false, least: 0, format: 'csv', users: null, only: null, without: null }
const MEASURES = { lists: 2, coverage: 0.5, rare_share: 0.25, novelty: 3, overlap: 0.125 }
const LISTS = { to: 'lists', users: 2, rows: 1, unknown: [], measures: MEASURES, seconds: 1 }
const encode = (text: string) => new TextEncoder().encode(text)

afterEach(() => vi.unstubAllGlobals())

/** A session that tells two pieces of lists, which end by `answer`; baselines are measured at once. */
function scripted(answer: () => Promise<unknown>, pieces = ['user,rank\n', 'ada,1\n']) {
  const listeners = new Set<(event: Told) => void>()
  const session = {
    subscribe: (listener: (event: Told) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    request: vi.fn(async ({ command }: { command: string }) => {
      if (command === 'list_baselines') return { to: 'list_baselines', rows: [{ by: 'popularity', measures: MEASURES }] }
      if (command === 'cancel_lists') return { to: 'done' }
      for (const [done, text] of pieces.entries())
        for (const listener of listeners) listener({ event: 'lists_part', done, total: 2, bytes: encode(text) } as Told)
      return answer()
    }),
  }
  return { session: session as unknown as Session, asked: session.request, listeners }
}

test('the pieces are one file, and what they are like stands beside the baselines', async () => {
  const { session, asked, listeners } = scripted(async () => LISTS)
  const saved: [string, Blob][] = []
  const everyone = new Everyone(session, (name, blob) => saved.push([name, blob]))
  await everyone.make({ ...WISH, users: new File(['ada\n'], 'mail.csv') }, 'lists', 2)
  expect(await saved[0]?.[1].text()).toBe('user,rank\nada,1\n')
  expect(saved[0]?.[0]).toBe('lists.csv')
  expect(asked).toHaveBeenCalledWith(expect.objectContaining({ command: 'lists', users: 'ada\n', only: undefined, pseudonyms: false }))
  expect(everyone.outcome?.rows).toBe(1)
  expect(everyone.measures.map(({ by }) => by)).toEqual(['model', 'popularity'])
  expect(everyone.progress).toBeNull()
  expect(listeners.size).toBe(0)
})

test('what the worker does not write is made of its lines', async () => {
  const line = JSON.stringify({ user: 'ada', rank: 1, item: 'a', title: 'A', score: 0.5 })
  const { session, asked } = scripted(async () => LISTS, [line.slice(0, 9), `${line.slice(9)}\n`])
  const saved: [string, Blob][] = []
  const everyone = new Everyone(
    session,
    (name, blob) => saved.push([name, blob]),
    async () => true,
  )
  await everyone.make({ ...WISH, format: 'xlsx' }, 'lists', 2)
  expect(asked).toHaveBeenCalledWith(expect.objectContaining({ format: 'jsonl', pseudonyms: true }))
  expect(saved[0]?.[0]).toBe('lists.xlsx')
  expect((await saved[0]?.[1].text())?.slice(0, 2)).toBe('PK')
})

test('what was cancelled leaves no file', async () => {
  const { session } = scripted(() => Promise.reject(new SessionError('The lists were cancelled; nothing was saved.')))
  const save = vi.fn()
  const everyone = new Everyone(session, save)
  await expect(everyone.make(WISH, 'lists', 2)).rejects.toThrow('cancelled')
  expect(save).not.toHaveBeenCalled()
  expect(everyone.progress).toBeNull()
})

test('a disk that is full is one sentence, and nothing half-written stays', async () => {
  const { session, asked } = scripted(async () => LISTS)
  const sink = {
    write: vi.fn(() => Promise.reject(new DOMException('', 'QuotaExceededError'))),
    close: vi.fn(),
    abort: vi.fn(async () => {}),
  }
  vi.stubGlobal('showSaveFilePicker', async () => ({ createWritable: async () => sink }))
  const everyone = new Everyone(session, vi.fn())
  await expect(everyone.make(WISH, 'lists', 1_000_000)).rejects.toThrow(/nothing was saved; is the disk full/)
  expect(sink.abort).toHaveBeenCalledOnce()
  expect(sink.close).not.toHaveBeenCalled()
  expect(asked).toHaveBeenCalledWith({ command: 'cancel_lists' })
})

test('a dialogue that was closed is one sentence, and nothing is asked for', async () => {
  const { session, asked } = scripted(async () => LISTS)
  vi.stubGlobal('showSaveFilePicker', () => Promise.reject(new DOMException('', 'AbortError')))
  const everyone = new Everyone(session, vi.fn())
  await expect(everyone.make(WISH, 'lists', 1_000_000)).rejects.toThrow('No place was chosen for the file')
  expect(asked).not.toHaveBeenCalled()
})
