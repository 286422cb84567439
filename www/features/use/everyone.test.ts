import { expect, test, vi } from 'vitest'

import type { Told } from '../../../pkg/src/protocol'
import { type Session, SessionError } from '../../../pkg/src/session'
import { Everyone, type ListsWish } from './everyone.svelte'

const WISH: ListsWish = { k: 10, withHistory: false, least: 0, format: 'csv', users: null, only: null, without: null }
const encode = (text: string) => new TextEncoder().encode(text)

/** A session that tells two pieces and then ends by `answer`. */
function scripted(answer: () => Promise<unknown>) {
  const listeners = new Set<(event: Told) => void>()
  const session = {
    subscribe: (listener: (event: Told) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    request: vi.fn(async () => {
      for (const [done, text] of ['user,rank\n', 'ada,1\n'].entries())
        for (const listener of listeners) listener({ event: 'lists_part', done, total: 2, bytes: encode(text) } as Told)
      return answer()
    }),
  }
  return { session: session as unknown as Session, asked: session.request, listeners }
}

test('the pieces are one file', async () => {
  const { session, asked, listeners } = scripted(async () => ({ to: 'lists', users: 2, rows: 1, unknown: [], seconds: 1 }))
  const saved: [string, Blob][] = []
  const everyone = new Everyone(session, (name, blob) => saved.push([name, blob]))
  await everyone.make({ ...WISH, users: new File(['ada\n'], 'mail.csv') }, 'lists', 2)
  expect(await saved[0]?.[1].text()).toBe('user,rank\nada,1\n')
  expect(saved[0]?.[0]).toBe('lists.csv')
  expect(asked).toHaveBeenCalledWith(expect.objectContaining({ command: 'lists', users: 'ada\n', only: undefined }))
  expect(everyone.outcome?.rows).toBe(1)
  expect(everyone.progress).toBeNull()
  expect(listeners.size).toBe(0)
})

test('what was cancelled leaves no file', async () => {
  const { session } = scripted(() => Promise.reject(new SessionError('The lists were cancelled; nothing was saved.')))
  const save = vi.fn()
  const everyone = new Everyone(session, save)
  await expect(everyone.make(WISH, 'lists', 2)).rejects.toThrow('cancelled')
  expect(save).not.toHaveBeenCalled()
  expect(everyone.progress).toBeNull()
})
