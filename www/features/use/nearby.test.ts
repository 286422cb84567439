import { expect, test } from 'vitest'

import type { Told } from '../../../pkg/src/protocol'
import type { Session } from '../../../pkg/src/session'
import { meanAttention, Nearby } from './nearby.svelte'

type Request = Record<string, unknown> & { command: string }

/** A session whose searches end when they are told to. */
function scripted() {
  const listeners = new Set<(event: Told) => void>()
  const asked: Request[] = []
  const open: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = []
  const session = {
    subscribe: (listener: (event: Told) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    request: (command: Request) => {
      asked.push(command)
      if (command.command === 'cancel_nearest_users') {
        open.shift()?.reject(new Error('cancelled'))
        return Promise.resolve({ to: 'done' })
      }
      return new Promise((resolve, reject) => open.push({ resolve, reject }))
    },
  }
  return { session: session as unknown as Session, asked, open, listeners }
}

test('a search tells how far it is and whom it found', async () => {
  const { session, asked, open, listeners } = scripted()
  const nearby = new Nearby(session)
  const searched = nearby.search([1, 2], 7)
  for (const listener of listeners) listener({ event: 'nearest_progress', done: 3, total: 9 } as Told)
  expect(nearby.progress).toEqual({ done: 3, total: 9 })
  const users = [{ user: 4, distance: 0.5, next: 2 }]
  open[0]?.resolve({ to: 'nearest_users', users })
  await searched
  expect(asked[0]).toEqual({ command: 'nearest_users', history: [1, 2], count: 8, own: 7 })
  expect([nearby.users, nearby.progress, listeners.size]).toEqual([users, null, 0])
})

test('another history takes the place of the one before, which is no fault', async () => {
  const { session, open } = scripted()
  const nearby = new Nearby(session)
  const first = nearby.search([1], null)
  const second = nearby.search([2], null)
  await expect(first).resolves.toBeUndefined()
  await expect.poll(() => open.length).toBe(1)
  open[0]?.resolve({ to: 'nearest_users', users: [] })
  await second
  expect(nearby.users).toEqual([])
})

test('attention is the mean over the blocks', () => {
  const layer = (weights: number[]) => ({ part: 'encoder' as const, layer: 1, weights })
  expect(meanAttention({ from: 0, layers: [layer([0.25, 0.75]), layer([0.75, 0.25])] })).toEqual([0.5, 0.5])
  expect(meanAttention({ from: 0, layers: [] })).toBeNull()
})
