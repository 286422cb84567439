// Nothing is ever under the bars that stay in sight: whatever one is led to lies between them, on every kind of screen; so does what each
// step of each lesson points at, below the lesson's card.

import { expect, type Page, test } from '@playwright/test'

import { LESSONS } from '../../www/features/lessons/all'
import { STAGES } from '../../www/shell/stages'
import { at, SMALL } from './page'

/** Projector, desk, tablet, phone, and a desk at 200 % zoom, which has half the pixels. */
const SCREENS = [
  { name: 'a desk', width: 1440, height: 900 },
  { name: 'a projector', width: 1024, height: 768 },
  { name: 'a tablet', width: 800, height: 1100 },
  { name: 'a phone', width: 390, height: 844 },
  { name: 'a desk at 200 % zoom', width: 720, height: 450 },
]

/** Leads to each anchor of the stage as a link would, and gives those whose top is not between the bars. */
const hidden = (page: Page) =>
  page.evaluate(() => {
    const shown = (one: Element) => one.getClientRects().length > 0
    const bars = [...document.querySelectorAll('header, nav, #training')].filter((one) =>
      ['sticky', 'fixed'].includes(getComputedStyle(one).position),
    )
    const wrong: string[] = []
    for (const anchor of document.querySelectorAll('main section[id], main [id^=chart-], main [id$=-heading]')) {
      if (!shown(anchor)) continue
      anchor.scrollIntoView({ block: 'start', behavior: 'instant' })
      const { top, left, width } = anchor.getBoundingClientRect()
      if (top < 0 || top >= innerHeight) wrong.push(`${anchor.id} is off the screen`)
      const over = document.elementFromPoint(Math.min(left + width / 2, innerWidth - 1), Math.max(0, top + 2))
      if (over && bars.some((bar) => bar.contains(over))) wrong.push(`${anchor.id} is under ${over.tagName}`)
    }
    scrollTo(0, 0)
    return wrong
  })

/** Follows the link to each step of each lesson, and gives those whose subject is not on the page, or not in sight beside the card. */
const hiddenSteps = async (page: Page) => {
  const wrong: string[] = []
  for (const { id, steps } of LESSONS) {
    for (const [at, step] of steps.entries()) {
      await page.evaluate((hash) => (location.hash = hash), `v=1&lesson=${id}&step=${at + 1}`)
      await expect(page.getByTestId('lesson')).toHaveAttribute('data-step', step.id)
      const where = `${id}.${step.id}`
      const target = page.locator('.lesson-target')
      await expect(target, where).toBeVisible()
      const over = await target.evaluate(async (target) => {
        // The scrolling of a stage that was just shown comes a frame later.
        for (let frame = 0; frame < 6; frame++) await new Promise(requestAnimationFrame)
        // The bar itself may be what a step is about.
        if (target.matches('#training')) return ''
        const { top, left, width } = target.getBoundingClientRect()
        if (top < 0 || top >= innerHeight - 20) return `off the screen, at ${top}`
        const there = document.elementFromPoint(Math.min(left + width / 2, innerWidth - 1), top + 3)
        const above = there?.closest('header:not(main *), nav, #training, aside')
        return above ? `under ${above.tagName} at ${top}` : ''
      })
      if (over) wrong.push(`${where} is ${over}`)
    }
  }
  await page.getByTestId('lesson').getByRole('button', { name: 'Leave' }).click()
  return wrong
}

for (const { name, width, height } of SCREENS) {
  test(`nothing is under the bars on ${name}`, async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height })
    await page.goto('./?device=cpu')
    await page.evaluate(async (config) => {
      await window.contrastvae.load({ users: 150, items: 60 })
      await window.contrastvae.configure(config)
      await window.contrastvae.step(7)
    }, SMALL)
    await expect(page.getByTestId('progress')).toBeVisible()
    const run = await page.locator('#training').boundingBox()
    expect(run?.height).toBeLessThanOrEqual(56)
    for (const stage of STAGES) {
      await at(page, stage)
      expect(await hidden(page), stage).toEqual([])
    }
    expect(await hiddenSteps(page)).toEqual([])
    // Header and run on a wide screen; run and tabs on a narrow one.
    const kept = await page.evaluate(() => {
      const bars = [...document.querySelectorAll('header, nav, #training')].filter((one) =>
        ['sticky', 'fixed'].includes(getComputedStyle(one).position),
      )
      return bars.reduce((sum, bar) => sum + bar.getBoundingClientRect().height, 0) / innerHeight
    })
    expect(kept).toBeLessThan(0.2)
  })
}

test('the settings of the address outlive going back, and a tab is a link', async ({ page }) => {
  await page.goto('./?device=cpu&stage=train')
  await page.getByLabel('Epochs').fill('7')
  await expect.poll(() => new URL(page.url()).hash).toBe('#v=1&training.epochs=7')
  await at(page, 'look')
  await at(page, 'train')
  await page.getByLabel('Epochs').fill('9')
  await expect.poll(() => new URL(page.url()).hash).toContain('epochs=9')
  await page.goBack()
  await expect(page.locator('main')).toHaveAttribute('data-stage', 'look')
  await expect.poll(() => new URL(page.url()).hash).toBe('#v=1&training.epochs=9')
  const link = (await page.locator('nav [data-to=compare]').getAttribute('href')) ?? ''
  expect(new URL(link).searchParams.get('stage')).toBe('compare')
  await page.goto(link)
  await expect(page.locator('main')).toHaveAttribute('data-stage', 'compare')
  await at(page, 'train')
  await expect(page.getByLabel('Epochs')).toHaveValue('9')
})

test('data is not taken from a run without a question', async ({ page }) => {
  await page.goto('./?device=cpu&stage=data')
  await page.evaluate(async (config) => {
    await window.contrastvae.load({ users: 150, items: 60 })
    await window.contrastvae.configure(config)
    await window.contrastvae.step(3)
  }, SMALL)
  await page.getByRole('button', { name: 'Load example' }).click()
  await page.getByRole('button', { name: 'Keep the run' }).click()
  expect((await page.evaluate(() => window.contrastvae.state())).step).toBe(3)
  await page.getByRole('button', { name: 'Load example' }).click()
  await page.getByRole('button', { name: 'Load and drop the run' }).click()
  await expect(page.getByTestId('summary')).toContainText('1,000')
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'ready')
})
