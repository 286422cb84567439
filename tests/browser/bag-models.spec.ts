// The models that know a user as a bag of items: chosen on the page, they learn, show their latents and recommend like any other.

import { expect, test } from '@playwright/test'

import { at, loadExample, losses, startTraining, state } from './page'

test('each model of bags is chosen by name, learns and shows its latent space', async ({ page }) => {
  // The address is what a teacher would send; a model of bags ignores what is said of the network.
  await page.goto('./?device=cpu&map=canvas#v=1&model.kind=recvae&bag.latent_size=12&model.heads=3')
  await loadExample(page)
  await at(page, 'train')
  const kind = page.getByLabel('Model', { exact: true })
  await expect(kind).toHaveValue('recvae')
  await expect(page.getByTestId('config-of-bags')).toContainText('the settings of network and views have no effect')
  await at(page, 'use')
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  const rows = page.getByTestId('recommendations').getByRole('listitem')
  // Passes over users and items that make an epoch: RecVAE three for its encoder and one for its decoder, BiVAECF one for each side.
  const users = Math.ceil(1000 / 64)
  const steps = { recvae: 4 * users, vaecf: users, bivaecf: users + Math.ceil(300 / 64) }

  for (const [name, perEpoch] of Object.entries(steps)) {
    await at(page, 'train')
    await kind.selectOption(name)
    await startTraining(page, { training: { epochs: 8, batch_size: 64 } })
    await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'finished')
    const { total, contrast, step } = await losses(page)
    expect(step.at(-1)).toBe(8 * perEpoch)
    expect(total.at(-1)).toBeLessThan(total[0] ?? 0)
    expect(Math.max(...contrast)).toBe(0)
    const cell = async (row: string) =>
      Number(await page.getByTestId('validation').locator(`[data-row=${row}][data-metric=ndcg_20]`).textContent())
    expect(await cell('now')).toBeGreaterThan(await cell('popularity'))

    const { diagnosis } = await page.evaluate(() => window.contrastvae.metrics())
    expect(diagnosis).toMatchObject({ epoch: 8, dimensions: 12, alignment: null })
    await expect(page.getByTestId('posterior-active').locator('.value')).toHaveText(/ of 12$/)
    const latents = await page.evaluate(() => window.contrastvae.latents('users'))
    expect(latents.indices).toHaveLength(1000)
    await at(page, 'use')
    await expect(rows).toHaveCount(10)
    expect((await state(page)).state).toBe('finished')
  }
  await at(page, 'train')
  await kind.selectOption('contrastvae')
  await expect(page.getByTestId('config-of-bags')).toHaveText('')
  // Each run has its row, and the models are the setting in which they differ.
  await expect(page.locator('#runs')).toContainText('VAECF')
})
