// Files of bytes that are here.

import { expect, test, vi } from 'vitest'

import { Held, held, readHeld } from './held'

test('a held file is read piece by piece as a file is', () => {
  const asked: Blob[] = []
  class Reader {
    readAsArrayBuffer(file: Blob): ArrayBuffer {
      asked.push(file)
      return new ArrayBuffer(0)
    }
  }
  vi.stubGlobal('FileReaderSync', Reader)
  readHeld()
  const text = (file: Blob) => new TextDecoder().decode(new Reader().readAsArrayBuffer(file))
  const file = new Held('log.csv', new TextEncoder().encode('user,item'))
  expect([file instanceof File, file.name, file.size]).toEqual([true, 'log.csv', 9])
  expect(text(file)).toBe('user,item')
  expect([text(file.slice(5, 9)), text(file.slice(5)), text(file.slice(5, 9).slice(1, 3))]).toEqual(['item', 'item', 'te'])
  expect(asked).toEqual([])
  // Any other goes to the browser.
  const other = new Blob(['x'])
  expect(text(other)).toBe('')
  expect(asked).toEqual([other])
  vi.unstubAllGlobals()
})

test('nothing is held in a page that has files of its own', async () => {
  expect(await held([new File(['a'], 'a.csv')])).toBeNull()
})
