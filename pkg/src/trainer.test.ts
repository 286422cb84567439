// The client against a worker that answers from a script.

import { expect, test } from 'vitest'

import { flatPartial } from './flat'
import type { Command, Config, FromWorker, Request as Asked } from './protocol'
import { crash } from './crash'
import { Session } from './session'
import { Trainer } from './trainer'
import { clientWords } from './words'

const CONFIG = { seed: 42, model: { hidden_size: 32 }, view: { mode: 'model' }, training: { epochs: 20 } } as Config
const ITEMS = ['teapot', 'mug', 'tray']

/** A worker that knows three items; `sent` is what came to it. */
function trainer() {
  const sent: Command[] = []
  const target = new EventTarget()
  const tell = (data: object) => target.dispatchEvent(Object.assign(new Event('message'), { data: data as FromWorker }))
  const answer = ({ id, command }: Asked) => {
    if (command.command === 'load_example') {
      tell({ event: 'loaded', summary: {}, item_ids: ITEMS, item_titles: [], genres: [], item_genre: [], item_count: [] })
      tell({ event: 'state', state: 'ready' })
      tell({ event: 'answered', id, answer: { to: 'done' } })
    } else if (command.command === 'configure') tell({ event: 'answered', id, answer: { to: 'configure', config: command.config } })
    else if (command.command === 'recommend') tell({ event: 'answered', id, answer: { to: 'recommend', items: [{ item: 2, score: 1 }] } })
  }
  const worker = {
    addEventListener: target.addEventListener.bind(target),
    terminate() {},
    postMessage(message: Asked | { boot: unknown }) {
      if ('boot' in message) {
        tell({ event: 'hello', kind: 'cpu', version: '0', default_config: CONFIG, presets: [] })
      } else {
        sent.push(message.command)
        answer(message)
      }
    },
  } as unknown as Worker
  const session = new Session(
    'cpu',
    () => worker,
    () => ({ ...crash, gone: 'gone' }),
  )
  const made = new Trainer(session)
  session.start()
  return { trainer: made, sent }
}

const refusal = (promise: Promise<unknown>) => promise.then(() => 'taken').catch((error: Error) => error.message)

test('a configuration with a mistake is one sentence and changes nothing', async () => {
  const { trainer: one, sent } = trainer()
  const wrong = [{ foo: 1 }, { model: { foo: 1 } }, { seed: { a: 1 } }, { seed: 'x' }, { seed: null }, { model: 3 }, [1], 'epochs', null]
  for (const partial of wrong) expect(await refusal(one.configure(partial as Config))).toMatch(/^[^.]*(\.\w[^.]*)*\.( .*)?$/)
  expect(sent).toEqual([])
  expect(await refusal(one.configure({ foo: 1 } as Config))).toBe('There is no setting foo.')
  expect(await refusal(one.configure({ seed: 'x' } as unknown as Config))).toBe('seed must be a number, and "x" is none.')
  const taken = await one.configure({ model: { hidden_size: 16 } })
  expect(taken).toMatchObject({ seed: 42, model: { hidden_size: 16 } })
  expect(await refusal(one.configure({}, 'none'))).toMatch(/^There is no preset none/)
})

test('what is absent or undefined in a configuration is left as it is', () => {
  const known = { seed: 1, 'model.hidden_size': 32 }
  expect(flatPartial(undefined, known, clientWords)).toEqual({})
  expect(flatPartial({ seed: undefined, model: {} }, known, clientWords)).toEqual({})
  expect(flatPartial({ model: { hidden_size: 8 } }, known, clientWords)).toEqual({ 'model.hidden_size': 8 })
})

test('the state is right when the load resolves', async () => {
  const { trainer: one } = trainer()
  await one.load('example')
  expect((await one.state()).state).toBe('ready')
})

test('items are named by identifier or index, and what is neither is refused by name', async () => {
  const { trainer: one, sent } = trainer()
  await one.load('example')
  expect(await one.recommend(['mug', 0], 1)).toEqual([{ item: 2, score: 1, id: 'tray', title: 'tray' }])
  expect(sent.at(-1)).toMatchObject({ command: 'recommend', history: [1, 0], k: 1 })
  for (const item of ['nobody', -1, 3, 1.5, NaN]) {
    expect(await refusal(one.recommend([item]))).toBe(`There is no item ${item} in the data.`)
  }
  expect(await refusal(one.recommend('mug' as unknown as string[]))).toMatch(/^A history is a list/)
  expect(sent.filter(({ command }) => command === 'recommend')).toHaveLength(1)
})
