// What cannot be read is told in one sentence, and the page goes on.

import { expect, test } from '@playwright/test'

import { choose, lines, loadExample, openFilter, SMALL, startTraining } from './page'

const CASES = [
  { what: 'an empty file', name: 'empty.csv', bytes: Buffer.alloc(0), says: /empty\.csv is empty/ },
  {
    what: 'a binary file',
    name: 'noise.csv',
    bytes: Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256)),
    says: /noise\.csv is not a text file|noise\.csv is /,
  },
  { what: 'a picture', name: 'a.csv', bytes: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), says: /a\.csv is / },
  { what: 'one column', name: 'one.csv', bytes: lines('apple', 'pear', 'plum', 'quince'), says: /one\.csv has one column only/ },
  {
    what: 'a log of which nothing survives the filter',
    name: 'sparse.csv',
    bytes: lines('user,item,timestamp', ...Array.from({ length: 40 }, (_, i) => `u${i},i${i},${1000 + i}`)),
    says: /sparse\.csv: none of the 40 interactions/,
  },
]

test('each bad file is one sentence and leaves the page usable', async ({ page }) => {
  await page.goto('./')
  const message = page.getByTestId('message')
  for (const { what, name, bytes, says } of CASES) {
    await test.step(what, async () => {
      await choose(page, name, bytes)
      await expect(message).toHaveCount(1)
      await expect(message.locator('p')).toHaveText(says)
      // One sentence: a full stop at the end, none followed by a capital before it.
      const sentence = await message.locator('p').innerText()
      expect(sentence).toMatch(/[.]$/)
      expect(sentence.slice(0, -1)).not.toMatch(/[.!?] [A-Z]/)
      await message.getByRole('button', { name: 'Dismiss' }).click()
      await expect(message).toHaveCount(0)
      await expect(page.getByRole('button', { name: 'Open file…' })).toBeEnabled()
    })
  }
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
})

test('a bad file leaves what was loaded before', async ({ page }) => {
  await page.goto('./')
  await loadExample(page)
  await choose(page, 'empty.csv', Buffer.alloc(0))
  await expect(page.getByTestId('message')).toHaveCount(1)
  await expect(page.getByTestId('summary')).toContainText('Example')
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
})

test('both forms of a log are read, with the lines that were left out', async ({ page }) => {
  await page.goto('./')
  await openFilter(page)
  await page.getByLabel('Least per user').fill('1')
  await page.getByLabel('Least per item').fill('1')
  const rows = Array.from({ length: 60 }, (_, i) => `u${i % 6},i${(i * 7) % 11},${1000 + i}`)
  await choose(page, 'table.csv', lines('user,item,timestamp', ...rows, 'broken'))
  const summary = page.getByTestId('summary')
  await expect(summary).toContainText('table.csv')
  await expect(summary).toContainText('One line was left out')
  await summary.getByText('One line was left out').click()
  await expect(summary).toContainText('Line 62')

  const users = Array.from({ length: 8 }, (_, u) => [u + 1, ...Array.from({ length: 9 }, (_, i) => ((u + i * 3) % 12) + 1)].join(' '))
  await choose(page, 'sequences.txt', lines(...users))
  await expect(summary).toContainText('sequences.txt')
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
})
