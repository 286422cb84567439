// What several tests do with the page.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { expect, type Page, type Worker } from '@playwright/test'

import type { Config } from '../../pkg/src/protocol'
import type { StageId } from '../../www/shell/stages'

/** Names of the modules that were built. */
export const BUILT: readonly string[] = Object.keys(
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../../pkg/dist/built.json'), 'utf8')) as object,
)
/** Whether the module for several cores was built, which takes the sources of the standard library. */
export const HAS_THREADS = BUILT.includes('cpu-threads')

/** The worker that the page talks to; its threads wait for work where no event reaches them, so they give no answer. */
export const sessionWorker = (page: Page): Promise<Worker> =>
  Promise.any(
    page.workers().map(async (worker) => {
      const name = await worker.evaluate(() => self.name)
      if (name !== 'contrastvae') throw new Error(`${name} is another worker`)
      return worker
    }),
  )

/** A run that is over in seconds on one core. */
export const SMALL = { model: { hidden_size: 16, max_length: 12 }, training: { epochs: 3 } } satisfies Config

/** Goes to a stage by its tab, unless it is shown already. */
export async function at(page: Page, stage: StageId): Promise<void> {
  const tab = page.locator(`nav [data-to=${stage}]`)
  if ((await tab.getAttribute('aria-current')) === null) await tab.click()
}

export async function loadExample(page: Page): Promise<void> {
  await at(page, 'data')
  await page.getByRole('button', { name: 'Load example' }).click()
  await dropRun(page)
  await expect(page.getByTestId('summary')).toContainText('Users')
}

/** Says yes where the page asks whether the run may be dropped. */
export async function dropRun(page: Page): Promise<void> {
  const yes = page.getByTestId('question').locator('button.primary')
  if (await yes.isVisible()) await yes.click()
}

/** Opens the menu of the run, which holds what is not in its line. */
export async function openMenu(page: Page): Promise<void> {
  const menu = page.locator('#training details')
  if (!(await menu.evaluate((one) => (one as HTMLDetailsElement).open))) await menu.locator('summary').click()
}

export async function stop(page: Page): Promise<void> {
  await openMenu(page)
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
}

/** Presses "Start training" after setting a configuration. */
export async function startTraining(page: Page, config: Config = {}): Promise<void> {
  await page.evaluate((config) => window.contrastvae.configure(config), config)
  // A run before this one may still be shown as finished for a moment.
  const begun = page.evaluate(
    () =>
      new Promise<void>((done) => {
        const isOver = () => document.querySelector('[data-testid=state]')?.getAttribute('data-state') === 'finished'
        if (!isOver()) return done()
        const watch = new MutationObserver(() => {
          if (isOver()) return
          watch.disconnect()
          done()
        })
        watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-state'] })
        setTimeout(done, 5_000)
      }),
  )
  await page.getByRole('button', { name: 'Start training' }).click()
  await begun
  await expect(page.getByTestId('progress')).toBeVisible()
}

export const state = (page: Page) => page.evaluate(() => window.contrastvae.state())

/** The loss charts' data. */
export async function losses(page: Page) {
  const { losses } = await page.evaluate(() => window.contrastvae.metrics())
  if (!losses) throw new Error('no losses yet')
  return losses
}

export const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * Number of words that a person sees, in the window alone if `inWindow`: what is there for screen readers alone, the choices of a closed
 * list and what is hidden are none. A Chinese character is one.
 */
export const wordsSeen = (page: Page, inWindow = false): Promise<number> =>
  page.evaluate((inWindow) => {
    let words = 0
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) {
      const place = walk.currentNode.parentElement
      if (!place?.checkVisibility({ visibilityProperty: true }) || place.closest('.unseen, .skip, option, script, style, noscript'))
        continue
      if (inWindow) {
        const range = document.createRange()
        range.selectNodeContents(walk.currentNode)
        const { top, bottom } = range.getBoundingClientRect()
        if (bottom <= 0 || top >= innerHeight) continue
      }
      words += (walk.currentNode.textContent?.match(/\p{Script=Han}|[\p{L}\p{N}][\p{L}\p{N}'’.-]*/gu) ?? []).length
    }
    return words
  }, inWindow)

/** Text of lines as the bytes of a file. */
export const lines = (...rows: string[]) => Buffer.from(rows.join('\n') + '\n')

/** Opens a file as a person would. */
export const choose = (page: Page, name: string, buffer: Buffer): Promise<void> => chooseAll(page, { name, buffer })

/** Opens several files at once: a log and its titles. */
export async function chooseAll(page: Page, ...files: { name: string; buffer: Buffer }[]): Promise<void> {
  await at(page, 'data')
  const payload = files.map((file) => ({ ...file, mimeType: 'application/octet-stream' }))
  await page.locator('#data').getByLabel('Log file').setInputFiles(payload)
  await dropRun(page)
}

/** Rows of a log that is about alike everywhere: 30 users, 20 items, seconds from September 2020 on, ratings 1 to 5. */
export const ROWS = Array.from({ length: 600 }, (_, i) => ({
  user: `u${i % 30}`,
  item: `i${(i * 7 + Math.floor(i / 30)) % 20}`,
  rating: 1 + ((i * 13 + Math.floor(i / 30) * 3) % 5),
  time: 1_600_000_000 + i * 3600,
}))

/** The same with columns that are named so that they are taken for something else: the shelf for the item. */
export const DOUBTFUL = lines(
  'buyer,shelf,thing,stars,timestamp',
  ...ROWS.map(({ user, item, rating, time }, i) => `${user},s${i % 4},${item},${rating},${time}`),
)

export async function summary(page: Page) {
  const { summary } = await state(page)
  if (!summary) throw new Error('nothing is loaded')
  return summary
}

/** Opens "Filter and split". */
export async function openFilter(page: Page): Promise<void> {
  await at(page, 'data')
  await page.getByText('Filter and split', { exact: true }).click()
  await expect(page.getByLabel('Least per user')).toBeVisible()
}

/** The checkpoint of the present run. As text on its way, since a million numbers one by one take the test's browser a minute. */
export async function checkpointOf(page: Page): Promise<Buffer> {
  const text = await page.evaluate(async () => {
    const bytes = await window.contrastvae.checkpoint()
    let text = ''
    for (let from = 0; from < bytes.length; from += 1 << 15) text += String.fromCharCode(...bytes.subarray(from, from + (1 << 15)))
    return btoa(text)
  })
  return Buffer.from(text, 'base64')
}
