// Messages go when they do not hold any more.

import { expect, test } from 'vitest'

import { Messages } from './messages.svelte'

test('an error does not outlive its error', async () => {
  const messages = new Messages()
  const fails = () => Promise.reject(new Error('The file is empty.'))
  await messages.attempt(fails)
  await messages.attempt(fails)
  expect(messages.list.map(({ text }) => text)).toEqual(['The file is empty.'])
  messages.tell('note', 'Something to know.')
  messages.tell('problem', 'The worker broke off.')
  await messages.attempt(() => Promise.resolve())
  // What no attempt brought about stays until it is dismissed.
  expect(messages.list.map(({ text }) => text)).toEqual(['Something to know.', 'The worker broke off.'])
  messages.dismiss(messages.list[0]?.id ?? 0)
  expect(messages.list).toHaveLength(1)
})
