// The page in Traditional Chinese: chosen by the browser, the address or the switch, at once and for later visits.

import { expect, test } from '@playwright/test'

import { at, DOUBTFUL, dropRun, loadExample, SMALL, startTraining } from './page'

test('the switch changes every word at once, and the choice lasts', async ({ page }) => {
  await page.goto('./?device=cpu#v=1&training.epochs=7')
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'train')
  await page.getByText('Advanced', { exact: true }).click()

  await page.getByText('繁體中文', { exact: true }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hant')
  await expect(page).toHaveTitle(/訓練推薦模型/)
  await expect(page.locator('meta[name="description"]')).toHaveAttribute('content', /潛在空間/)
  // What was there stays as it was: the run, what was opened, the settings in the address.
  await expect(page.getByTestId('state')).toHaveText('已完成')
  await expect(page.getByTestId('device')).toContainText('本頁網址指定使用 CPU。')
  await expect(page.getByTestId('summary')).toContainText('使用者')
  await expect(page.getByLabel('最長歷史')).toHaveValue('12')
  expect(new URL(page.url()).hash).toContain('training.epochs=1')
  // No English sentence is left, but for names out of the data, names of languages, and what the model code says.
  const english = await page.evaluate(async () => {
    const { summary } = await window.contrastvae.state()
    const legend = [...document.querySelectorAll('[aria-label="圖例"] button')].map((one) => one.textContent?.trim())
    const names = new Set(['ContrastVAE Lab', summary?.name, ...legend])
    const found: string[] = []
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) {
      const words = walk.currentNode.textContent?.trim() ?? ''
      const place = walk.currentNode.parentElement
      if (place?.closest('[lang="en"], noscript, style, script') || names.has(words)) continue
      if (/[a-z]{3,} [a-z]{3,}/i.test(words) && !/\p{Script=Han}/u.test(words)) found.push(words)
    }
    return found
  })
  expect(english).toEqual([])

  // What the model code says is said in the page's language: of settings, of files, and of what it guessed.
  await at(page, 'train')
  await page.getByLabel('隱藏層大小').fill('17')
  await page.getByLabel('注意力頭數').fill('4')
  await expect(page.getByTestId('config-problem')).toHaveText('「隱藏層大小」為 17，「注意力頭數」為 4；前者必須是後者的倍數。')
  await page.getByLabel('訓練輪數（epoch）').fill('0')
  await expect(page.getByTestId('config-problem')).toHaveText('「訓練輪數（epoch）」為 0；必須是 1 到 10,000 的整數。')
  await at(page, 'data')
  const open = async (name: string, buffer: Buffer) => {
    await page.locator('#data').getByLabel('紀錄檔').setInputFiles({ name, mimeType: 'text/csv', buffer })
    await dropRun(page)
  }
  await open('empty.csv', Buffer.alloc(0))
  await expect(page.getByTestId('message')).toContainText('empty.csv 是空的；請選擇每行一筆互動的檔案。')
  await open('doubtful.csv', DOUBTFUL)
  await expect(page.getByTestId('doubt')).toHaveText('「shelf」（值如「s0」）被當成項目，這只是猜測；請選擇正確的欄位。')

  await page.reload()
  await expect(page.getByRole('button', { name: '載入範例' })).toBeVisible()
  await page.getByText('English', { exact: true }).click()
  await expect(page.getByRole('button', { name: 'Load example' })).toBeVisible()
})

test.describe('a browser that prefers Chinese', () => {
  test.use({ locale: 'zh-TW' })

  test('gets it, unless the address says otherwise', async ({ page }) => {
    await page.goto('./?device=cpu&stage=data')
    await page.getByRole('button', { name: '載入範例' }).click()
    await expect(page.getByTestId('summary')).toContainText('互動')
    await page.goto('./?device=cpu&lang=en&stage=data')
    await expect(page.getByRole('button', { name: 'Load example' })).toBeVisible()
    await page.getByText('繁體中文', { exact: true }).click()
    await expect(page.getByRole('button', { name: '載入範例' })).toBeVisible()
    expect(new URL(page.url()).searchParams.get('lang')).toBe('zh-Hant')
  })
})
