// Faults that people met once, held so that none comes back. Those that need no browser are unit tests beside what they test.

import { expect, type Page, test } from '@playwright/test'

import { at, choose, lines, ROWS, SMALL, state } from './page'

const SHOP = { users: 150, items: 60, seed: 1 }
const ONE_EPOCH = { ...SMALL, training: { epochs: 1, batch_size: 40 } }

/** Thirty regular buyers, and one who came twice. */
const log = (name = '') =>
  lines(
    'user,item,timestamp',
    ...ROWS.map(({ user, item, time }) => `${name}${user},${item},${time}`),
    'guest,i1,1600000000',
    'guest,i2,1600003600',
  )

async function trained(page: Page, address = './?device=cpu'): Promise<void> {
  await page.goto(address)
  await page.evaluate(
    async ([shop, config]) => {
      await window.contrastvae.load(shop)
      await window.contrastvae.configure(config)
      await window.contrastvae.start()
    },
    [SHOP, ONE_EPOCH] as const,
  )
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'finished')
}

test('what a script gets wrong is a sentence and changes nothing; the state is right when the load resolves', async ({ page }) => {
  await page.goto('./?device=cpu')
  const told = await page.evaluate(
    async ([shop, config]) => {
      const lab = window.contrastvae
      const refusal = (promise: Promise<unknown>) => promise.then(() => 'taken').catch((error: Error) => error.message)
      await lab.load(shop)
      const loaded = (await lab.state()).state
      const refused = await refusal(lab.configure({ foo: 1 } as object))
      // Before, every later word of the script was refused too, until a reload.
      const { seed } = await lab.configure({ ...config, seed: 3 })
      await lab.step(1)
      return { loaded, refused, seed, nobody: await refusal(lab.recommend(['nobody'], 3)), best: (await lab.recommend([0], 3)).length }
    },
    [SHOP, ONE_EPOCH] as const,
  )
  expect(told).toEqual({
    loaded: 'ready',
    refused: 'There is no setting foo.',
    seed: 3,
    nobody: 'There is no item nobody in the data.',
    best: 3,
  })
  expect(page.url()).not.toContain('foo')
})

test('a file, the example and “Watch it learn” ask before they take the place of a run that is over', async ({ page }) => {
  await trained(page)
  const question = page.getByTestId('question')
  await at(page, 'data')
  const file = { name: 'own.csv', mimeType: 'text/csv', buffer: log() }
  const ways = [
    () => page.locator('#data').getByLabel('Log file').setInputFiles(file),
    () => page.getByRole('button', { name: 'Load example' }).click(),
    async () => {
      await at(page, 'start')
      await page.getByRole('button', { name: 'Watch it learn' }).click()
    },
    () => page.locator('#hero').getByLabel('Log file').setInputFiles(file),
  ]
  for (const way of ways) {
    await way()
    await question.getByRole('button', { name: 'Keep the run' }).click()
    await expect(question).toBeHidden()
  }
  expect(await state(page)).toMatchObject({ state: 'finished', summary: { users: SHOP.users } })
})

test('a run that is opened again says what was not kept; its filter is its own, and its offer lies on the grid', async ({ page }) => {
  await trained(page)
  await expect(page.getByTestId('kept')).toContainText('epoch 1')
  await page.reload()
  const offer = page.getByTestId('kept-offer')
  const [banner, main] = [await offer.boundingBox(), await page.locator('main').boundingBox()]
  expect([banner?.x, banner?.width]).toEqual([main?.x, main?.width])
  await offer.getByRole('button', { name: 'Open it again' }).click()
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'finished')
  for (const panel of ['#epochs', '#groups']) {
    // Until the model has been looked at again, which is done at once.
    await expect(page.locator(panel)).toContainText(/This run was opened again|Definition of/)
    await expect(page.locator(panel)).not.toContainText('after the first epoch.')
  }
  // An example keeps whoever is there; a log leaves out who came less than five times.
  await choose(page, 'own.csv', log())
  await expect.poll(async () => (await state(page)).summary?.name).toBe('own.csv')
  expect((await state(page)).summary?.users).toBe(30)
})

test('two logs dropped together are refused, and a file that is taken for titles is named', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  const drop = (...files: [string, Buffer][]) =>
    page
      .locator('#data')
      .getByLabel('Log file')
      .setInputFiles(files.map(([name, buffer]) => ({ name, mimeType: 'text/csv', buffer })))
  await drop(['january.csv', log()], ['february.csv', log('x')])
  await expect(page.getByTestId('message')).toContainText('Neither or both of january.csv and february.csv look like a file of item titles')
  expect((await state(page)).summary).toBeNull()
  await drop(['january.csv', log()], ['goods.csv', lines('item,title', ...Array.from({ length: 20 }, (_, i) => `i${i},Book ${i}`))])
  await expect(page.locator('#data')).toContainText(
    'january.csv was read as the log, and goods.csv for the titles of its items. Are both logs?',
  )
  await expect(page.getByTestId('message')).toHaveCount(0)
})

test('no number is cut off, no column is off a desk’s screen, and the same KL is told in the same way', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 })
  await trained(page)
  for (const stage of ['train', 'look'] as const) {
    await at(page, stage)
    await expect(page.locator(`main .plot:visible canvas`).first()).toBeVisible()
    // What is cut off touches the edge.
    const cut = await page.locator('main .plot:visible canvas').evaluateAll(
      (all) =>
        (all as HTMLCanvasElement[]).filter((canvas) => {
          const edge = canvas.getContext('2d')?.getImageData(canvas.width - 1, 0, 1, canvas.height).data ?? []
          return Array.from(edge).some((part, at) => at % 4 === 3 && part > 0)
        }).length,
    )
    expect(cut, stage).toBe(0)
  }
  // Over the views in the loss, of one view under "Posterior": each says which.
  await expect(page.locator('#loss')).toContainText('summed over the views')
  await expect(page.getByTestId('posterior-kl')).toContainText('in one view')
  await at(page, 'compare')
  const columns = await page.locator('#runs .scroll').evaluate((box) => [box.scrollWidth, box.clientWidth])
  expect(columns[0]).toBeLessThanOrEqual(columns[1] ?? 0)
  await expect(page.getByTestId('runs')).toContainText(/\d of at most \d\.\d\d/)
})

test('the header is one line on a projector; a genre of many letters does not push a phone’s screen wide', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 768 })
  await page.goto('./?device=cpu')
  await expect(page.getByTestId('device').locator('strong')).toBeVisible()
  for (const language of ['繁體中文', 'English']) {
    await page.locator('header').getByText(language, { exact: true }).click()
    const middles = await page
      .locator('header h1, header nav a, header [data-testid=device] summary, header .language')
      .evaluateAll((all) => all.map((one) => (({ top, bottom }) => (top + bottom) / 2)(one.getBoundingClientRect())))
    expect(Math.max(...middles) - Math.min(...middles), language).toBeLessThan(4)
    const switchBox = await page.locator('header .language').boundingBox()
    expect((switchBox?.x ?? 0) + (switchBox?.width ?? 0)).toBeLessThanOrEqual(1024)
  }

  const long = `${'Antiquarian'.repeat(6)} and other curiosities`
  const titles = lines('item,title,genres', ...Array.from({ length: 20 }, (_, i) => `i${i},Book ${i},${i % 2 ? long : 'Short'}`))
  await at(page, 'data')
  await page
    .locator('#data')
    .getByLabel('Log file')
    .setInputFiles([
      { name: 'own.csv', mimeType: 'text/csv', buffer: log() },
      { name: 'items.csv', mimeType: 'text/csv', buffer: titles },
    ])
  await expect.poll(async () => (await state(page)).summary?.users).toBe(30)
  await page.evaluate(async (config) => {
    await window.contrastvae.configure(config)
    await window.contrastvae.step(1)
  }, ONE_EPOCH)
  await page.setViewportSize({ width: 360, height: 740 })
  await at(page, 'look')
  await expect(page.getByRole('list', { name: 'Legend' }).getByRole('button', { name: /Antiquarian/ })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
})

test('before t-SNE and UMAP are worked out it is said that 2,000 rows are landmarks, and the number can be chosen', async ({ page }) => {
  await page.goto('./?device=cpu&map=canvas')
  await page.evaluate(async (config) => {
    await window.contrastvae.load({ users: 2500, items: 60, seed: 1 })
    await window.contrastvae.configure(config)
    await window.contrastvae.step(1)
  }, ONE_EPOCH)
  await at(page, 'look')
  const map = page.locator('#map')
  await map.getByText('Users', { exact: true }).click()
  for (const name of ['t-SNE', 'UMAP']) {
    await map.getByText(name, { exact: true }).click()
    await expect(page.getByTestId('map-projection')).toContainText('2,000 of the 2,500 dots are laid out as landmarks')
  }
  await map.getByLabel('Landmarks at most').selectOption({ index: 1 })
  await expect(page.getByTestId('map-projection')).not.toContainText('landmarks')
})
