// Which device the next worker takes after one that broke off.

import { expect, test } from 'vitest'

import type { FromWorker, RunFault, ToWorker } from './protocol'
import { Session, type SessionWords } from './session'

/** A worker that only notes what it is told. */
class Mute extends EventTarget {
  boots: ToWorker[] = []
  postMessage(message: ToWorker): void {
    this.boots.push(message)
  }
  terminate(): void {}
  say(event: FromWorker): void {
    this.dispatchEvent(new MessageEvent('message', { data: event }))
  }
}

/** A session on a GPU, and the failures that its workers were told of. */
function onGpu() {
  const workers: Mute[] = []
  const newWorker = () => {
    const worker = new Mute()
    workers.push(worker)
    return worker as unknown as Worker
  }
  const session = new Session('auto', newWorker, () => ({}) as SessionWords)
  session.start()
  const breakOff = (fault: RunFault, detail: string) => {
    const worker = workers.at(-1)
    const device = {
      module: '',
      threads: 1,
      threads_because: 'gpu',
      adapter: 'Card',
      because: 'realAdapter',
      detail: '',
      buffer_bytes: 1,
    } as const
    worker?.say({ event: 'device', kind: 'gpu', ...device })
    worker?.say({ event: 'crashed', fault, detail, started: true })
  }
  const told = () => workers.map(({ boots: [first] }) => (first && 'boot' in first ? first.boot.gpu_failure : undefined))
  return { session, breakOff, told }
}

test('a GPU that is lost once is tried again, and after a second time the CPU takes over', () => {
  const { session, breakOff, told } = onGpu()
  breakOff('device', 'taken away')
  breakOff('device', 'taken away again')
  expect(told()).toEqual([null, null, { because: 'failedTwice', detail: 'taken away again' }])
  session.end()
})

test('a GPU that computes something else is refused at once, by its name, and for the whole visit', () => {
  const { session, breakOff, told } = onGpu()
  breakOff('deviceWrong', 'differs by 3%')
  breakOff('running', 'something else')
  const wrong = { because: 'wrong', adapter: 'Card', detail: 'differs by 3%' }
  expect(told()).toEqual([null, wrong, wrong])
  session.end()
})
