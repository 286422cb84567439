// For everyone: screen reader, keyboard, small screen.

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'

import { type StageId, STAGES } from '../../www/shell/stages'
import { at, choose, DOUBTFUL, loadExample, openFilter, SMALL, startTraining } from './page'

/** What depends on the colours that the system asks for; every other rule sees the same page in the light and in the dark. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

/** On the stages named: those that the test has changed since the last look, or all; in the dark by the rules of colours alone. */
async function faults(page: Page, stages: readonly StageId[] = STAGES) {
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
  const found = []
  const here = new URL(page.url()).searchParams.get('stage') ?? 'start'
  for (const stage of stages) {
    await at(page, stage)
    const axe = new AxeBuilder({ page })
    found.push(...(await (isDark ? axe.withRules(OF_COLOURS) : axe).analyze()).violations)
  }
  await at(page, here as StageId)
  return found.map(({ id, nodes }) => ({ id, where: nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary}`) }))
}

async function trained(page: Page): Promise<void> {
  await loadExample(page)
  await startTraining(page, { ...SMALL, training: { epochs: 1 } })
  await expect(page.getByTestId('state')).toHaveText('Finished')
  await at(page, 'use')
  await page.getByRole('button', { name: 'Use three popular titles' }).click()
  await expect(page.getByTestId('recommendations').getByRole('listitem')).toHaveCount(10)
  await at(page, 'train')
  await page.getByText('Advanced', { exact: true }).click()
  await at(page, 'data')
  await page.getByText('Which files can be read?').click()
  await at(page, 'about')
  await page.getByText('Every request, as this browser recorded it').click()
  await page.getByRole('button', { name: 'Try to send “test” elsewhere' }).click()
  await expect(page.getByTestId('trial').getByRole('listitem')).toHaveCount(6)
}

/** A log with all about it open: how it was understood, what was left out, the numbers. */
async function doubtful(page: Page): Promise<void> {
  await choose(page, 'doubtful.csv', DOUBTFUL)
  // Beside the heading and above the shelf; a buyer is a user by name.
  await expect(page.getByText('please check')).toHaveCount(2)
  await openFilter(page)
  await page.getByLabel('Least rating').fill('2')
  await page.getByLabel('Split', { exact: true }).selectOption('time_cut')
  await expect(page.getByTestId('filter-steps')).toBeVisible()
}

for (const colorScheme of ['light', 'dark'] as const) {
  // Up to ten looks at a stage; each takes a second or two on a machine that has nothing else to do.
  test(`axe finds nothing about a log that must be checked, ${colorScheme}`, async ({ page }) => {
    test.setTimeout(600_000)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.goto('./?device=cpu')
    await doubtful(page)
    expect(await faults(page, ['data', 'train'])).toEqual([])
    // A change that waits for leave, and one that takes everything.
    await startTraining(page, { ...SMALL, training: { epochs: 1 } })
    await at(page, 'data')
    await page.getByLabel('Least rating').fill('9')
    await expect(page.getByRole('button', { name: 'Apply and drop the present run' })).toBeVisible()
    expect(await faults(page, ['data'])).toEqual([])
    await page.getByRole('button', { name: 'Apply and drop the present run' }).click()
    await expect(page.getByTestId('outcome-choices')).toContainText('the ratings go from 1 to 5')
    await choose(page, 'pieces.csv', Buffer.from('user,colour,shape,time\n' + 'a,b,c,1\n'.repeat(9)))
    await expect(page.getByTestId('failed')).toBeVisible()
    expect(await faults(page, ['start', 'data'])).toEqual([])
  })

  test(`axe finds nothing, ${colorScheme}`, async ({ page }) => {
    test.setTimeout(600_000)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.goto('./?device=cpu&stage=train')
    await expect(page.getByLabel('Epochs')).toBeVisible()
    expect(await faults(page, ['start', 'train'])).toEqual([])
    await trained(page)
    await at(page, 'train')
    await page.getByLabel('Epochs').fill('0')
    await expect(page.getByTestId('config-problem')).not.toBeEmpty()
    await choose(page, 'empty.csv', Buffer.alloc(0))
    await expect(page.getByTestId('message')).toBeVisible()
    await at(page, 'use')
    await page.getByRole('combobox', { name: 'Add an item' }).fill('the')
    await expect(page.getByRole('listbox').getByRole('option').first()).toBeVisible()
    expect(await faults(page)).toEqual([])
    await page.getByText('繁體中文', { exact: true }).click()
    await expect(page.getByTestId('state')).toHaveText('已完成')
    expect(await faults(page, ['start', 'train'])).toEqual([])
    // Where the system chooses the colours, one still sees what is chosen and what a colour stands for.
    await page.emulateMedia({ colorScheme, forcedColors: 'active' })
    const background = (of: string) =>
      page
        .locator(of)
        .first()
        .evaluate((one) => getComputedStyle(one).backgroundColor)
    expect(await background('input[name="language"]:checked + span')).not.toBe(
      await background('input[name="language"]:not(:checked) + span'),
    )
    await at(page, 'look')
    const samples = page.locator('#map ul i')
    const colours = await samples.evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor))
    expect(new Set(colours).size).toBe(colours.length)
    expect(colours.length).toBeGreaterThan(3)
  })
}

for (const width of [320, 360, 768, 1024]) {
  test(`nothing is wider than a screen of ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 740 })
    await page.goto('./?device=cpu&stage=train')
    /** The most of any stage. */
    const overflow = async () => {
      const over: number[] = []
      for (const stage of STAGES) {
        await at(page, stage)
        over.push(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth))
      }
      return Math.max(...over)
    }
    await expect(page.getByLabel('Epochs')).toBeVisible()
    expect(await overflow()).toBe(0)
    await trained(page)
    expect(await overflow()).toBe(0)
    await doubtful(page)
    expect(await overflow()).toBe(0)
    await at(page, 'data')
    for (const name of ['Start training', 'Load example', 'Open file…']) {
      const box = await page.getByRole('button', { name }).boundingBox()
      expect(box && box.x >= 0 && box.x + box.width <= width).toBe(true)
    }
    // Other words, other widths.
    await page.getByText('繁體中文', { exact: true }).click()
    await expect(page.getByRole('button', { name: '載入範例' })).toBeVisible()
    expect(await overflow()).toBe(0)
  })
}

test('everything can be done by keyboard alone', async ({ page }) => {
  await page.goto('./?device=cpu&stage=train')
  await expect(page.getByLabel('Epochs')).toBeVisible()
  /** Presses Tab until the focus is on something of that name. */
  const go = async (name: RegExp) => {
    for (let presses = 0; presses < 150; presses++) {
      await page.keyboard.press('Tab')
      const here = await page.evaluate(() => {
        const held = document.activeElement as HTMLElement | null
        const label = held && 'labels' in held ? ((held as HTMLInputElement).labels?.[0]?.textContent ?? '') : ''
        // Past the last stop the whole page would have every name there is.
        if (held === document.body) return ''
        return `${held?.getAttribute('aria-label') ?? ''} ${label} ${held?.textContent ?? ''}`.trim()
      })
      if (name.test(here)) {
        // What has the focus shows it.
        const ring = await page.evaluate(() => {
          const held = document.activeElement as HTMLElement
          const shown = held.matches('input[type=radio]') ? (held.nextElementSibling ?? held) : held
          return getComputedStyle(shown).outlineStyle
        })
        expect(ring).not.toBe('none')
        return
      }
    }
    throw new Error(`Tab never reached ${name}`)
  }

  await go(/^Skip to the results/)
  await page.keyboard.press('Enter')
  await expect(page.locator('#results')).toBeFocused()
  // The address holds settings and nothing else.
  expect(new URL(page.url()).hash).toBe('')
  await expect(page.getByTestId('message')).toHaveCount(0)
  await page.reload()
  await expect(page.getByLabel('Epochs')).toBeVisible()
  await go(/^Data$/)
  await page.keyboard.press('Enter')
  await go(/Load example/)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('summary')).toBeVisible()
  await go(/^Train$/)
  await page.keyboard.press('Enter')
  await go(/Epochs/)
  await page.keyboard.press('Control+A')
  await page.keyboard.type('300')
  await go(/Advanced/)
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Longest history')).toBeVisible()
  await go(/Start training/)
  await page.keyboard.press('Enter')
  // The focus goes on to the button that applies next.
  await expect(page.getByRole('button', { name: 'Pause' })).toBeFocused()
  await page.keyboard.press('Space')
  await expect(page.getByRole('button', { name: 'Resume' })).toBeFocused()
  await go(/^Step/)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('state')).toHaveText('Paused')
  await go(/^Shown|Items/)
  await page.keyboard.press('ArrowRight')
  await expect(page.getByTestId('map-step')).toHaveAttribute('data-what', 'users')
  await go(/^Map of/)
  await page.keyboard.press('ArrowRight')
  await expect(page.getByTestId('map-canvas').locator('.name strong')).toContainText(/^Reader \d+/)
  await go(/^Use$/)
  await page.keyboard.press('Enter')
  await go(/Add an item by its title/)
  await page.keyboard.type('the')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('listbox').getByRole('option', { selected: true })).toHaveCount(1)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('history').getByRole('listitem')).toHaveCount(1)
  await page.keyboard.type('volume')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('history').getByRole('listitem')).toHaveCount(2)
  const first = page.getByTestId('history').getByRole('listitem').first()
  const before = await first.innerText()
  await go(/^Move .* later/)
  await page.keyboard.press('Enter')
  await expect(first).not.toHaveText(before)
  await expect(page.getByTestId('recommendations').getByRole('listitem')).toHaveCount(10)
  await go(/^Remove/)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('history').getByRole('listitem')).toHaveCount(1)
})
