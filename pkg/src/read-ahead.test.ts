// What becomes of requests to the thread that reads files, where that thread answers, fails or stays silent. That it reads what it
// should is tested in a browser.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { readAhead } from './read-ahead'

interface Asked {
  id: number
  from: number
  to: number
}

/** A thread that answers when the test says so. */
class Thread {
  static all: Thread[] = []
  onmessage: ((event: { data: { id: number; bytes: ArrayBuffer | null } }) => void) | null = null
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null
  asked: Asked[] = []
  ended = false

  constructor() {
    Thread.all.push(this)
  }

  addEventListener(): void {}

  postMessage(request: Asked): void {
    this.asked.push(request)
  }

  terminate(): void {
    this.ended = true
  }

  answer(at: number, bytes: number | null): void {
    this.onmessage?.({ data: { id: this.asked[at]?.id ?? -1, bytes: bytes === null ? null : new ArrayBuffer(bytes) } })
  }
}

const file = new Blob(['a log'])
const only = (): Thread => {
  expect(Thread.all).toHaveLength(1)
  return Thread.all[0] as Thread
}

beforeEach(() => {
  Thread.all = []
  vi.useFakeTimers()
  vi.stubGlobal('Worker', Thread)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('each answer goes to its own request', async () => {
  const read = readAhead()
  const [first, second] = [read(file, 0, 3), read(file, 3, 5)]
  only().answer(1, 2)
  only().answer(0, 3)
  expect((await first).byteLength).toBe(3)
  expect((await second).byteLength).toBe(2)
  expect(only().asked.map(({ from, to }) => [from, to])).toEqual([
    [0, 3],
    [3, 5],
  ])
})

test('a range that cannot be read fails, and the next one is asked for as before', async () => {
  const read = readAhead()
  const failed = expect(read(file, 0, 3)).rejects.toThrow('cannot be read')
  only().answer(0, null)
  await failed
  const next = read(file, 3, 5)
  only().answer(1, 2)
  expect((await next).byteLength).toBe(2)
})

test('a browser without such threads fails all that waits', async () => {
  const read = readAhead()
  const failed = [read(file, 0, 3), read(file, 3, 5)].map((answer) => expect(answer).rejects.toThrow('not allowed'))
  const preventDefault = vi.fn()
  only().onerror?.({ message: 'not allowed', preventDefault })
  await Promise.all(failed)
  expect(preventDefault).toHaveBeenCalled()
  expect(only().ended).toBe(true)
})

test('a thread that stays silent is given up', async () => {
  const failed = expect(readAhead()(file, 0, 3)).rejects.toThrow('does not answer')
  vi.advanceTimersByTime(60_000)
  await failed
  expect(only().ended).toBe(true)
})

test('an idle thread ends, and the next request has a new one', async () => {
  const read = readAhead()
  const first = read(file, 0, 3)
  only().answer(0, 3)
  await first
  vi.advanceTimersByTime(1000)
  expect(only().ended).toBe(false)
  vi.advanceTimersByTime(60_000)
  expect(only().ended).toBe(true)
  const second = read(file, 3, 5)
  expect(Thread.all).toHaveLength(2)
  Thread.all[1]?.answer(0, 2)
  expect((await second).byteLength).toBe(2)
})
