// The script that imports a worker's own, run in Node's worker threads, which know neither blobs nor events of a page's worker.

import { MessageChannel, Worker } from 'node:worker_threads'

import { expect, test } from 'vitest'

import { importing } from './page-worker'

/** What a worker of a page has and one of Node lacks: its global object hears messages. */
const AS_IN_A_PAGE = `
const { parentPort } = await import('node:worker_threads')
const target = new EventTarget()
for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) globalThis[name] = target[name].bind(target)
globalThis.post = (word) => parentPort.postMessage(word)
parentPort.on('message', (data) => dispatchEvent(new MessageEvent('message', { data: data.word ?? data, ports: data.port ? [data.port] : [] })))
`

const worker = (script: string) => new Worker(new URL(`data:text/javascript,${encodeURIComponent(AS_IN_A_PAGE + script)}`))

/** Address of a script that takes its time before it listens. */
const SLOW = `data:text/javascript,${encodeURIComponent(`
  await new Promise((resolve) => setTimeout(resolve, 200))
  addEventListener('message', ({ data, ports }) => {
    ports[0]?.postMessage('by port')
    post(data)
  })
  post('imported')
`)}`

test('messages that arrive before the script is there reach it once, in their order, with their ports', async () => {
  const running = worker(importing(SLOW))
  const heard: string[] = []
  const all = new Promise<void>((resolve, reject) => {
    running.on('error', reject)
    running.on('message', (word: string) => {
      heard.push(word)
      if (word === 'imported') running.postMessage('late')
      if (word === 'late') resolve()
    })
  })
  const { port1, port2 } = new MessageChannel()
  const answered = new Promise((resolve) => port1.on('message', resolve))
  running.postMessage('first')
  running.postMessage({ word: 'second', port: port2 }, [port2])
  await all
  expect(heard).toEqual(['imported', 'first', 'second', 'late'])
  expect(await answered).toBe('by port')
  port1.close()
  await running.terminate()
})

test('a script that cannot be imported is an error of the worker', async () => {
  const running = worker(importing('data:text/javascript,throw new Error("not there")'))
  expect(await new Promise<Error>((resolve) => running.on('error', resolve))).toMatchObject({ message: 'not there' })
})
