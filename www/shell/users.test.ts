import { expect, test, vi } from 'vitest'

import type { Told } from '../../pkg/src/protocol'
import type { Session } from '../../pkg/src/session'
import { Users } from './users.svelte'

const IDS = ['ada', 'bo', 'cy']

function scripted() {
  let tell: (event: Told) => void = () => {}
  const request = vi.fn(async ({ users }: { users?: number[] }) => ({ ids: users ? users.map((user) => IDS[user] ?? '') : IDS }))
  const session = { request, subscribe: (listener: (event: Told) => void) => ((tell = listener), () => {}) }
  return { users: new Users(session as unknown as Session), request, load: () => tell({ event: 'loaded' } as Told) }
}

test('an identifier is asked for once, until other data is loaded', async () => {
  const { users, request, load } = scripted()
  await users.learn(Uint32Array.of(2, 0))
  await users.learn([0, 1])
  expect(request.mock.calls.map(([{ users }]) => users)).toEqual([[2, 0], [1]])
  expect([...users.names]).toEqual([
    [2, 'cy'],
    [0, 'ada'],
    [1, 'bo'],
  ])
  load()
  expect(users.names.size).toBe(0)
  expect(await users.forFile()).toEqual(IDS)
})

test('an answer of data that has gone is dropped, and so is a refusal', async () => {
  const { users, request, load } = scripted()
  const learned = users.learn([1])
  load()
  await learned
  expect(users.names.size).toBe(0)
  request.mockRejectedValueOnce(new Error('gone'))
  await users.learn([1])
  request.mockRejectedValueOnce(new Error('gone'))
  expect(await users.find('a', 3)).toEqual({ users: [], total: 0 })
})
