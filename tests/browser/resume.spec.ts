// Nothing is lost: a reload, a worker that dies, a storage without room. A run that is taken up goes on with the very curve.

import { expect, type Page, test } from '@playwright/test'

import { at, checkpointOf, choose, lines, openMenu, ROWS, sessionWorker, state } from './page'
import { unzip } from './zip'

/** Four steps an epoch. */
const CONFIG = { model: { hidden_size: 8, max_length: 12 }, training: { epochs: 6, batch_size: 40 } } as const

const finish = (page: Page) => expect(page.getByTestId('state')).toHaveText('Finished', { timeout: 60_000 })

/** Loads an example with `load`, and begins. */
async function begin(page: Page, config: object = CONFIG): Promise<void> {
  await page.evaluate(() => window.contrastvae.load({ users: 150, items: 60, seed: 1 }))
  await page.evaluate((config) => window.contrastvae.configure(config), config)
}

/** Epochs, metrics and weights of the run as it stands. */
async function checkpoint(page: Page) {
  const bytes = await checkpointOf(page)
  const files = unzip(bytes)
  const { history } = JSON.parse(String(files['run.json'])) as { history: { epochs: { epoch: number; losses: object }[] } }
  return { bytes, history }
}

test('a run that was cut off by a reload goes on with the same curve, to the last byte', async ({ page }) => {
  await page.goto('./?device=cpu')
  await begin(page)
  await page.evaluate(() => window.contrastvae.start())
  await finish(page)
  const whole = await checkpoint(page)

  // The same run, slowly, so that it is cut off in the middle of an epoch.
  await openMenu(page)
  await page.getByLabel('Slow motion').selectOption('1000')
  await page.evaluate(() => window.contrastvae.start())
  await expect(page.getByTestId('kept')).toContainText('epoch 1', { timeout: 30_000 })
  await expect.poll(async () => (await state(page)).step).toBeGreaterThan(5)
  const before = (await state(page)).step
  expect(before).toBeLessThan(24)
  await page.reload()

  const offer = page.getByTestId('kept-offer')
  await expect(offer).toContainText(/A run on Example bookshop was kept on this machine: after epoch [1-5] of 6, saved a moment ago/)
  await offer.getByRole('button', { name: 'Resume' }).click()
  await expect(offer).toBeHidden()
  await finish(page)
  const resumed = await checkpoint(page)
  expect(resumed.history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
  expect(resumed.history).toEqual(whole.history)
  expect(resumed.bytes.equals(whole.bytes)).toBe(true)
  // The chart has the steps from before the reload, and goes on from there.
  const { losses, validation } = await page.evaluate(() => window.contrastvae.metrics())
  expect(validation.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
  expect(losses?.step[0]).toBeLessThanOrEqual(4)
  expect(losses?.step.at(-1)).toBe(24)
  expect(losses?.step).toEqual([...(losses?.step ?? [])].sort((a, b) => a - b))
  // The same run in the table, not a second one, and with all of its time.
  const runs = await page.evaluate(() => window.contrastvae.runs())
  expect(runs).toHaveLength(1)
  expect(runs[0]?.run.seconds).toBeGreaterThan(1)

  // What is over is offered as such; forgotten, it is gone, and so is the run before it.
  await expect(page.getByTestId('kept')).toContainText('epoch 6')
  await page.reload()
  await expect(offer).toContainText('it is over after epoch 6')
  await at(page, 'about')
  await expect(page.locator('#kept').getByRole('listitem')).toHaveCount(2)
  await offer.getByRole('button', { name: 'Forget' }).click()
  await expect(page.locator('#kept').getByRole('listitem')).toHaveCount(1)
  await offer.getByRole('button', { name: 'Forget' }).click()
  await expect(offer).toBeHidden()
})

test('a worker that dies is replaced, and its run taken up', async ({ page }) => {
  await page.goto('./?device=cpu')
  await begin(page, { ...CONFIG, training: { epochs: 400, batch_size: 40 } })
  await page.evaluate(() => window.contrastvae.start())
  await expect(page.getByTestId('kept')).toContainText(/epoch [1-9]/)
  const kill = async () => {
    const worker = await sessionWorker(page)
    await worker.evaluate(() => void setTimeout(() => Promise.reject(new WebAssembly.RuntimeError('unreachable'))))
  }
  await kill()
  const message = page.getByTestId('message').last()
  await expect(message).toContainText(/because of a fault in the program; the run was taken up again from epoch \d+, step \d+\./)
  await expect(page.getByTestId('state')).toHaveText('Learning')
  const from = Number(/step (\d[\d,]*)/.exec((await message.textContent()) ?? '')?.[1]?.replace(',', ''))
  await expect.poll(async () => (await state(page)).step).toBeGreaterThan(from + 4)
  // Its model answers, its curve is the one from before.
  const { losses } = await page.evaluate(() => window.contrastvae.metrics())
  expect(losses?.step[0]).toBeLessThan(from)
  expect(await page.evaluate(() => window.contrastvae.recommend([0, 1], 3))).toHaveLength(3)
  await page.evaluate(() => window.contrastvae.stop())
})

test('a log of one’s own comes back with its run; without room, training goes on and says so', async ({ page }) => {
  await page.goto('./?device=cpu')
  const log = lines('user,item,timestamp', ...ROWS.map(({ user, item, time }) => `${user},${item},${time}`))
  await choose(page, 'own.csv', log)
  await expect(page.getByTestId('summary')).toContainText('Users')
  const small = { model: { hidden_size: 8, max_length: 12 }, training: { epochs: 10_000, batch_size: 10 } }
  await page.evaluate((config) => window.contrastvae.configure(config), small)
  await page.evaluate(() => window.contrastvae.start())
  await expect(page.getByTestId('kept')).toContainText('The log is kept with it')
  await page.evaluate(() => window.contrastvae.pause())
  await page.reload()
  await page.getByTestId('kept-offer').getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByTestId('state')).toHaveText('Learning')
  expect((await state(page)).summary?.name).toBe('own.csv')
  expect((await state(page)).step).toBeGreaterThan(0)

  // A tick away, nothing is left on this machine.
  const kept = () =>
    page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('contrastvae-kept')
      const kinds: (string | undefined)[] = []
      for await (const name of folder.keys()) kinds.push(name.split('.').at(-1))
      // Chromium's own temporary file, while one is being written.
      return kinds.filter((kind) => kind !== 'crswap').sort()
    })
  await expect.poll(kept).toEqual(['log', 'run'])
  await at(page, 'about')
  await page.getByLabel('Keep runs on this machine').uncheck()
  await expect.poll(kept).toEqual([])

  // A browser without room.
  await page.evaluate(() => {
    FileSystemFileHandle.prototype.createWritable = () => Promise.reject(new DOMException('no room', 'QuotaExceededError'))
  })
  await page.getByLabel('Keep runs on this machine').check()
  await expect(page.getByTestId('keep-problem')).toContainText('There is no room left')
  const { step } = await state(page)
  await expect.poll(async () => (await state(page)).step).toBeGreaterThan(step + 3)
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})

test('where files cannot be written, a database keeps the run', async ({ page }) => {
  await page.addInitScript(() => {
    delete (FileSystemFileHandle.prototype as Partial<FileSystemFileHandle>).createWritable
  })
  await page.goto('./?device=cpu')
  await begin(page, { ...CONFIG, training: { epochs: 2, batch_size: 40 } })
  await page.evaluate(() => window.contrastvae.start())
  await finish(page)
  await expect(page.getByTestId('kept')).toContainText('epoch 2')
  await page.reload()
  await page.getByTestId('kept-offer').getByRole('button', { name: 'Open it again' }).click()
  await finish(page)
  expect((await page.evaluate(() => window.contrastvae.metrics())).validation).toHaveLength(2)
})
