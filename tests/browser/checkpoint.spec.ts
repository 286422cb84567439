// A run is taken away as a file, and goes on from it with the very losses that it would have had.

import { readFile } from 'node:fs/promises'

import { expect, type FileChooser, type Page, test } from '@playwright/test'

import { at, losses, openMenu, state } from './page'
import { unzip, zip } from './zip'

/** Four steps an epoch. */
const CONFIG = {
  model: { hidden_size: 8, max_length: 12 },
  training: { epochs: 3, batch_size: 40, ema: 0.9 },
} as const

async function open(page: Page, seed = 1): Promise<void> {
  await page.goto('./?device=cpu')
  await page.evaluate((seed) => window.contrastvae.load({ users: 150, items: 60, seed }), seed)
  await page.evaluate((config) => window.contrastvae.configure(config), CONFIG)
}

const step = (page: Page, count: number) => page.evaluate((count) => window.contrastvae.step(count), count)

/** The loss of each of the next steps. */
async function curve(page: Page, steps: number): Promise<number[]> {
  const curve: number[] = []
  for (let done = 0; done < steps; done++) {
    await step(page, 1)
    curve.push((await losses(page)).total.at(-1) ?? NaN)
  }
  return curve
}

async function save(page: Page): Promise<{ name: string; bytes: Buffer }> {
  await openMenu(page)
  const download = page.waitForEvent('download')
  await page.locator('#training').getByRole('button', { name: 'Save checkpoint' }).click()
  const file = await download
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
}

const choose = (page: Page, name: string, buffer: Buffer) =>
  page.getByLabel('Checkpoint file').setInputFiles({ name, mimeType: 'application/zip', buffer })

test('a restored run goes on with the same losses, to the bit', async ({ page }) => {
  await open(page)
  await step(page, 6)
  const outcome = await page.evaluate(async () => {
    const api = window.contrastvae
    const bytes = await api.checkpoint()
    const onwards = async () => {
      const total: (number | undefined)[] = []
      for (let done = 0; done < 5; done++) {
        await api.step(1)
        total.push((await api.metrics()).losses?.total.at(-1))
      }
      const { validation, diagnosis } = await api.metrics()
      const last = validation.at(-1)
      return { total, epoch: last?.epoch, metrics: last?.metrics, kl: diagnosis?.kl_per_dim, bytes: [...(await api.checkpoint())].join() }
    }
    const first = await onwards()
    await api.restore(bytes)
    const { state, step } = await api.state()
    return { state, step, intact: bytes.length, first, second: await onwards() }
  })
  expect([outcome.state, outcome.step]).toEqual(['paused', 6])
  expect(outcome.intact).toBeGreaterThan(10_000)
  expect(outcome.first.total).toHaveLength(5)
  expect(new Set(outcome.first.total).size).toBe(5)
  expect(outcome.first.epoch).toBe(2)
  // Losses, validation, what the latent space looks like, and at last every byte of weights and moments.
  expect(outcome.second).toEqual(outcome.first)
})

test('a run that was saved is opened on another day', async ({ page }) => {
  await open(page)
  await step(page, 9)
  const epochs = page.getByTestId('validation').locator('[data-row=now][data-metric=ndcg_20]')
  const shown = await epochs.textContent()
  const { name, bytes } = await save(page)
  expect(name).toBe('contrastvae-example-bookshop-epoch2.zip')
  await expect(page.getByTestId('checkpoint-status')).toContainText(`Saved as ${name}`)
  expect(Object.keys(unzip(bytes))).toEqual(['model.safetensors', 'run.json'])
  const expected = await curve(page, 3)

  // Nothing but the file and the data is left; the address is without settings.
  await page.goto('about:blank')
  await page.goto('./?device=cpu')
  await page.evaluate(() => window.contrastvae.load({ users: 150, items: 60, seed: 1 }))
  await choose(page, name, bytes)
  await expect(page.getByTestId('checkpoint-status')).toHaveText(`${name} is open at step 9; “Resume” goes on.`)
  await expect(page.getByTestId('state')).toHaveText('Paused')
  await expect(page.getByTestId('progress')).toContainText(/Epoch 3 of 3\s*step 1 of 4/)
  await expect(page.getByLabel('Hidden size')).toHaveValue('8')
  expect(page.url()).toContain('model.hidden_size=8')
  // The curves as far as the file holds them: each epoch, and what was done of the third.
  expect((await losses(page)).step).toEqual([4, 8, 9])
  await expect(epochs).toHaveText(shown ?? '')
  await at(page, 'look')
  await expect(page.getByTestId('posterior-active')).toBeVisible()
  await expect(page.getByTestId('map-canvas').locator('canvas')).toBeVisible()
  expect(await curve(page, 2)).toEqual(expected.slice(0, 2))
  await page.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByTestId('state')).toHaveText('Finished')
  expect((await losses(page)).total.at(-1)).toBe(expected[2])

  // What is over stays over.
  const ended = await save(page)
  await choose(page, ended.name, ended.bytes)
  await expect(page.getByTestId('checkpoint-status')).toContainText('its run is over after 3 epochs')
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await expect(page.getByRole('button', { name: 'Resume' })).toHaveCount(0)
})

test('what cannot be opened is one sentence, and the present run stays', async ({ page }) => {
  await open(page)
  const message = page.getByTestId('message').last()
  const refused = async (buffer: Buffer, sentence: RegExp) => {
    await choose(page, 'bad.zip', buffer)
    await expect(message).toContainText(sentence)
    await expect(page.getByTestId('checkpoint-status')).toBeEmpty()
    await message.getByRole('button', { name: 'Dismiss' }).click()
  }
  await openMenu(page)
  await expect(page.getByRole('button', { name: 'Save checkpoint' })).toHaveAttribute('aria-disabled', 'true')
  await step(page, 2)
  const { bytes } = await save(page)
  const files = unzip(bytes)
  const record = JSON.parse(String(files['run.json'])) as { format: number; config: { model: { hidden_size: number } } }

  // Data that the checkpoint is not of, and a run on it that must stay.
  await page.evaluate(() => window.contrastvae.load({ users: 150, items: 60, seed: 2 }))
  await step(page, 3)
  await refused(bytes, /The run was trained on Example bookshop \(150 users, 60 items\), but this data is .*give the same log/)
  await refused(bytes.subarray(0, bytes.length >> 1), /The archive is cut short or damaged/)
  await refused(Buffer.from('user,item\na,1\n'), /This is no checkpoint: it is not a zip archive/)
  await refused(zip({ 'ratings.csv': Buffer.from('user,item\n') }), /The archive holds no run.json/)
  const as = (change: Partial<typeof record>, tensors: Buffer = files['model.safetensors'] ?? Buffer.alloc(0)) =>
    zip({ 'model.safetensors': tensors, 'run.json': Buffer.from(JSON.stringify({ ...record, ...change })) })
  await refused(as({ format: 7 }), /run.json has format 7, but this program reads format 1/)
  expect(await state(page)).toMatchObject({ state: 'paused', step: 3 })

  // A width that the tensors do not have; their own copy of the record would put it right.
  await page.evaluate(() => window.contrastvae.load({ users: 150, items: 60, seed: 1 }))
  await step(page, 3)
  const wider = { ...record.config, model: { ...record.config.model, hidden_size: 16 } }
  await refused(
    as({ config: wider }, withoutRecord(files['model.safetensors'])),
    /model.safetensors does not fit run.json: .*another shape/,
  )
  expect(await state(page)).toMatchObject({ state: 'paused', step: 3 })
  await step(page, 1)
  expect((await state(page)).step).toBe(4)

  // Before anything is loaded, the sentence says what to load.
  await page.goto('about:blank')
  await page.goto('./?device=cpu&stage=train')
  await expect(page.getByLabel('Epochs')).toBeVisible()
  await refused(bytes, /The checkpoint is of Example bookshop \(150 users, 60 items\), and nothing is loaded yet; load that data/)
})

test('by keyboard, on a small screen', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 })
  await open(page)
  await step(page, 1)
  await page.locator('#training summary').focus()
  await page.keyboard.press('Enter')
  // Past "Stop" and the slow motion.
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Save checkpoint' })).toBeFocused()
  const download = page.waitForEvent('download')
  await page.keyboard.press('Enter')
  expect((await download).suggestedFilename()).toBe('contrastvae-example-bookshop-epoch0.zip')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Open checkpoint…' })).toBeFocused()
  // It waits for the module.
  await expect(page.getByRole('button', { name: 'Open checkpoint…' })).toHaveAttribute('aria-disabled', 'false')
  const chooser: FileChooser[] = []
  page.on('filechooser', (opened) => chooser.push(opened))
  // The key may be faster than the browser's promise to tell of its dialogue.
  await expect(async () => {
    await page.keyboard.press('Enter')
    await expect.poll(() => chooser.length, { timeout: 2_000 }).toBeGreaterThan(0)
  }).toPass()
  await chooser[0]?.setFiles({ name: 'none.zip', mimeType: 'application/zip', buffer: Buffer.from('none') })
  await expect(page.getByTestId('message')).toContainText('This is no checkpoint')
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})

/** The tensors without the copy of `run.json` that their header holds. */
function withoutRecord(tensors: Buffer = Buffer.alloc(0)): Buffer {
  const end = 8 + Number(tensors.readBigUInt64LE(0))
  const header = JSON.parse(tensors.toString('utf8', 8, end)) as Record<string, unknown>
  delete header['__metadata__']
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, tensors.subarray(end)])
}
