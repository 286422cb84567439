// The latent map as a laboratory: projections, search, selection, neighbours, posteriors, views, epochs; and "Try it" beside it.

import { readFileSync } from 'node:fs'

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { at, loadExample, SMALL, startTraining, state } from './page'

const choose = (page: Page, label: string) => page.locator('#map').getByText(label, { exact: true }).click()
const overlay = (page: Page) => page.getByTestId('map-overlay')
const near = (page: Page) => page.getByTestId('map-near')
const step = (page: Page) => page.getByTestId('map-step')

async function trained(page: Page, address: string, config: object = { ...SMALL, training: { epochs: 2 } }): Promise<void> {
  await page.goto(address)
  await loadExample(page)
  await startTraining(page, config)
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
}

async function faults(page: Page) {
  const { violations } = await new AxeBuilder({ page }).include('main').analyze()
  return violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary}`) }))
}

test('items: search, neighbours, loop, isolation, clusters, t-SNE and UMAP', async ({ page }) => {
  test.setTimeout(240_000)
  await trained(page, './?device=cpu&map=canvas')
  const titles = (await state(page)).summary?.items ?? 0

  // Search brings an item to the middle, marks it and lists what lies nearest by cosine in the full space.
  const search = page.getByRole('combobox', { name: 'Find an item on the map' })
  await search.fill('vol')
  await search.press('Enter')
  const title = (await near(page).getByRole('heading').innerText()).replace('Nearest to ', '')
  expect(title.toLowerCase()).toContain('vol')
  await expect(near(page).getByRole('listitem')).toHaveCount(10)
  await expect(overlay(page)).toHaveAttribute('data-rings', '10')
  const cosines = (await near(page).getByRole('listitem').allInnerTexts()).map((row) =>
    Number(/-?\d\.\d{3}/.exec(row.replace('−', '-'))?.[0]),
  )
  expect(cosines).toEqual([...cosines].sort((a, b) => b - a))
  const box = await page.getByTestId('map-canvas').boundingBox()
  const ring = await overlay(page).locator('circle.chosen').first().boundingBox()
  if (!box || !ring) throw new Error('nothing is marked')
  expect(Math.abs(ring.x + ring.width / 2 - box.x - box.width / 2)).toBeLessThan(4)
  expect(Math.abs(ring.y + ring.height / 2 - box.y - box.height / 2)).toBeLessThan(4)
  const nearest = await near(page).getByRole('listitem').allInnerTexts()
  // A neighbour leads on to its own.
  await near(page).getByRole('listitem').nth(1).getByRole('button').click()
  await expect(near(page).getByRole('heading')).not.toHaveText(`Nearest to ${title}`)
  await near(page).getByRole('button', { name: 'Close' }).click()
  await expect(near(page)).toHaveCount(0)
  await page.getByRole('button', { name: 'Zoom and pan' }).click()

  // A loop round the right half.
  await page.getByRole('button', { name: 'Select with a loop' }).click()
  await page.getByTestId('map-canvas').scrollIntoViewIfNeeded()
  const at = await page.getByTestId('map-canvas').boundingBox()
  if (!at) throw new Error('no map')
  const corners = [
    [0.5, 0.02],
    [0.98, 0.02],
    [0.98, 0.98],
    [0.5, 0.98],
    [0.5, 0.04],
  ] as const
  for (const [i, [x, y]] of corners.entries()) {
    await page.mouse.move(at.x + at.width * x, at.y + at.height * y, { steps: 4 })
    if (i === 0) await page.mouse.down()
  }
  await page.mouse.up()
  const right = await page.evaluate(
    async () => (await window.contrastvae.latents('items')).points.filter((x, i) => i % 2 === 0 && x > 0).length,
  )
  const selection = page.getByTestId('map-selection')
  await expect(selection.getByRole('heading')).toHaveText(`Selected: ${right} items`)
  await expect(selection).toContainText(/Genres: \S.* \d+ \(\d/)
  await selection.getByRole('button', { name: 'Show only these' }).click()
  await expect(page.locator('#map')).toContainText(`${right} of ${titles} dots are shown.`)
  await expect(page.getByTestId('map-canvas')).toHaveAccessibleName(new RegExp(`^Map of ${right} `))
  await page.getByRole('button', { name: 'Show all' }).click()
  await selection.getByRole('button', { name: 'Clear' }).click()
  await expect(selection).toHaveCount(0)
  await page.getByRole('button', { name: 'Select with a loop' }).click()

  // One genre alone.
  const genre = page.getByRole('list', { name: 'Legend' }).getByRole('button').first()
  await genre.click()
  await page.getByRole('button', { name: 'Show only what is singled out' }).click()
  const shown = Number(/Map of ([\d,]+)/.exec((await page.getByTestId('map-canvas').getAttribute('aria-label')) ?? '')?.[1])
  expect(shown).toBeGreaterThan(0)
  expect(shown).toBeLessThan(titles)
  await page.getByRole('button', { name: 'Show all' }).click()

  // By test frequency, in the paper's groups; by cluster.
  await choose(page, 'Test frequency')
  await expect(page.getByRole('list', { name: 'Legend' })).toContainText('10–19')
  await choose(page, 'Cluster')
  // Before they are found, the dots stay where they are.
  await expect(page.getByTestId('map-canvas')).toHaveAccessibleName(new RegExp(`^Map of ${titles} `))
  await page.getByLabel('Number of clusters').fill('4')
  await page.getByRole('button', { name: 'Find clusters' }).click()
  const clusters = page.getByRole('list', { name: 'Legend' }).getByRole('button')
  await expect(clusters).toHaveCount(4)
  await expect(clusters.first()).toHaveText(/Cluster 1 \(\d+\)/)
  const sizes = (await clusters.allInnerTexts()).map((words) => Number(/\((\d+)\)/.exec(words)?.[1]))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(titles)

  // The slow projections: given up, and worked out; the whole of the map's tools goes on with them.
  await choose(page, 't-SNE')
  // Until it is worked out, the dots stay where they are.
  await expect(page.getByTestId('map-canvas')).toBeVisible()
  await expect(step(page)).toHaveAttribute('data-projection', 'pca')
  await page.getByRole('button', { name: 'Work out t-SNE' }).click()
  await expect(page.getByTestId('map-work')).toBeVisible()
  await page.getByTestId('map-work').getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByTestId('map-work')).toHaveCount(0)
  await expect(page.getByTestId('map-canvas')).toBeVisible()
  await expect(page.getByTestId('message')).toHaveCount(0)
  for (const name of ['t-SNE', 'UMAP']) {
    await choose(page, name)
    await page.getByRole('button', { name: `Work out ${name}` }).click()
    await expect(page.getByRole('button', { name: `Work out ${name} anew` })).toBeEnabled({ timeout: 90_000 })
    // Neighbours are what these two keep: many of them, though no plane has all.
    const kept = Number(await page.getByTestId('map-quality').getAttribute('data-kept'))
    expect(kept).toBeGreaterThan(0.2)
    expect(kept).toBeLessThan(1)
    expect(Number(await page.getByTestId('map-quality').getAttribute('data-trust'))).toBeGreaterThan(0.8)
    await expect(step(page)).toHaveAttribute('data-projection', name.replace('-', '').toLowerCase())
    await expect(page.getByTestId('map-canvas')).toHaveAccessibleName(new RegExp(`^Map of ${titles} `))
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the map as TSV' }).click()])
    expect(download.suggestedFilename()).toMatch(/^contrastvae-items-(tsne|umap)-step\d+\.tsv$/)
    const rows = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
    const places = rows.map((row) => row.split('\t').slice(-2).map(Number))
    expect(places).toHaveLength(titles)
    expect(Math.max(...places.flat().map(Math.abs))).toBeCloseTo(1, 4)
    expect(new Set(places.map(String)).size).toBeGreaterThan(titles * 0.9)
  }
  await search.fill('vol')
  await search.press('Enter')
  await expect(near(page).getByRole('listitem')).toHaveCount(10)
  // What is nearest is so in the full space, whatever the plane.
  expect(await near(page).getByRole('listitem').allInnerTexts()).toEqual(nearest)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect(await faults(page)).toEqual([])
  }
})

test('users: posteriors, views, epochs; a history and a second model', async ({ page }) => {
  test.setTimeout(240_000)
  await trained(page, './?device=cpu&map=canvas')

  // The slider over the epochs: before training, after the first, after the second, now.
  const slider = page.getByRole('slider', { name: 'Epoch' })
  await expect(slider).toHaveAttribute('aria-valuetext', 'Now')
  const picture = () => page.getByTestId('map-canvas').locator('canvas').screenshot()
  const last = await picture()
  await slider.focus()
  for (const said of ['After epoch 2', 'After epoch 1', 'Before training']) {
    await page.keyboard.press('ArrowLeft')
    await expect(page.getByTestId('map-time')).toHaveText(said)
  }
  await expect(step(page)).toHaveAttribute('data-step', '0')
  await page.waitForTimeout(700)
  expect((await picture()).equals(last)).toBe(false)
  await page.keyboard.press('End')
  await expect(page.getByTestId('map-time')).toHaveText('Now')

  // By keyboard: walk, pick, look closer.
  await choose(page, 'Users')
  const canvas = page.getByTestId('map-canvas')
  await canvas.focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  await expect(page.getByTestId('map-selection').getByRole('heading')).toHaveText('Selected: 1 user')
  await page.keyboard.press('Enter')
  await expect(near(page).getByRole('listitem')).toHaveCount(10)
  await expect(page.getByTestId('map-posterior')).toContainText(/one and two standard deviations; KL [\d.]+ nats/)
  await expect(overlay(page).locator('ellipse')).toHaveCount(2)
  const finder = page.locator('#map').getByRole('combobox', { name: 'Find a user on the map' })
  await finder.fill('Reader 7')
  await expect(page.locator('#map').getByRole('listbox').getByRole('option').first()).toContainText('Reader 7')
  await page.keyboard.press('Enter')
  await expect(near(page).getByRole('heading')).toHaveText('Nearest to Reader 7')
  await finder.fill('Reader 70000')
  await expect(page.locator('#map')).toContainText('No identifier begins like this')
  await finder.fill('')
  await page.keyboard.press('Escape')

  await choose(page, 'KL')
  await expect(page.locator('#map')).toContainText('nats of KL to the prior')
  await page.getByRole('button', { name: 'Tie the two views' }).click()
  await expect(page.getByTestId('map-ties')).toContainText(/Each of 1\d\d lines ties the two views/)
  expect(await overlay(page).locator('line.tie').count()).toBeGreaterThan(100)

  // A history: where it lies, how it moved, what rose and fell.
  await at(page, 'use')
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  const rows = page.getByTestId('recommendations').getByRole('listitem')
  await expect(rows).toHaveCount(10)
  await expect(page.getByTestId('sequence-change')).toHaveCount(0)
  const titlesOf = (list: typeof rows) => list.evaluateAll((all) => all.map((row) => row.querySelector('.title span')?.textContent ?? ''))
  const history = () => page.getByTestId('history').locator('.title').allInnerTexts()
  const three = await history()
  await page
    .getByTestId('history')
    .getByRole('button', { name: /^Remove/ })
    .last()
    .click()
  await expect(page.getByTestId('sequence-change')).toContainText(/The latent moved by [\d.]+; cosine to where it was -?[\d.]+\./)
  // What the marks say agrees with what the model says of both histories.
  const [before = [], after = []] = await page.evaluate(
    async (histories) => {
      // All items by their titles: those that follow two different histories.
      const all = [...(await window.contrastvae.recommend([0], 10_000)), ...(await window.contrastvae.recommend([1], 10_000))]
      const items = new Map(all.map(({ title, item }) => [title, item]))
      const answers = histories.map((titles) =>
        window.contrastvae.recommend(
          titles.map((title) => items.get(title) ?? -1),
          10_000,
        ),
      )
      return (await Promise.all(answers)).map((answer) => answer.map(({ title }) => title))
    },
    [three, await history()],
  )
  expect(await titlesOf(rows)).toEqual(after.slice(0, 10))
  for (const [i, remark] of (await rows.allInnerTexts()).entries()) {
    const was = before.indexOf(after[i] ?? '') + 1
    const expected =
      was === 0
        ? 'part of the history before'
        : was > 100
          ? 'not among the first 100'
          : was > i + 1
            ? `risen from ${was}`
            : was < i + 1
              ? `fallen from ${was}`
              : 'same place'
    expect(remark).toContain(expected)
  }

  await page.getByRole('button', { name: 'Show it on the map' }).click()
  await expect(canvas).toBeFocused()
  await expect(page.getByTestId('map-trail')).toContainText('The star is where the history')
  await expect(overlay(page).locator('path.now')).toHaveCount(1)
  await expect(overlay(page).locator('circle.before')).toHaveCount(1)
  expect(await faults(page)).toEqual([])

  // A second model beside the kept one: another seed, the same history.
  await at(page, 'use')
  await page.getByRole('button', { name: 'Keep this model to compare' }).click()
  const kept = page.getByTestId('kept-recommendations').getByRole('listitem')
  await expect(kept).toHaveCount(10)
  await expect(page.getByTestId('kept-agree')).toHaveText('10 of 10 are in both lists.')
  const first = await titlesOf(kept)
  await startTraining(page, { ...SMALL, seed: 7, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await expect.poll(() => titlesOf(kept)).toEqual(first)
  await expect(page.locator('#sequence')).toContainText('Run 1, after epoch 2, step 64')
  const present = await titlesOf(rows)
  expect(present).not.toEqual(first)
  const both = present.filter((title) => first.includes(title)).length
  await expect(page.getByTestId('kept-agree')).toHaveText(`${both} of 10 are in both lists.`)
  await page.setViewportSize({ width: 360, height: 740 })
  expect(await faults(page)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
  await page.getByRole('button', { name: 'Forget it' }).click()
  await expect(kept).toHaveCount(0)

  // A model with one view and no posterior says so.
  await startTraining(page, { ...SMALL, training: { epochs: 1 }, view: { mode: 'deterministic' } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'look')
  await choose(page, 'Users')
  await expect(page.getByTestId('map-ties')).toContainText('This model has one view')
  await expect(page.locator('#map')).toContainText('A deterministic model has no posterior, so there is no KL.')
})
