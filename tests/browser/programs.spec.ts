// regl writes JavaScript at run time, which the page's content security policy forbids; `www/features/look/map/regl-programs.js` holds what it
// would write. This test finds out when that file no longer fits, and writes it anew with UPDATE_PROGRAMS=1.

import { writeFileSync } from 'node:fs'

import { expect, test } from '@playwright/test'

import { at, loadExample, startTraining } from './page'

const FILE = 'www/features/look/map/regl-programs.js'
const HEADING = `// What regl would write while the map is drawn, so that the content security policy can forbid to evaluate strings.
// Made by tests/browser/programs.spec.ts with UPDATE_PROGRAMS=1; the names are the digests that regl looks the programs up by.
`

interface Program {
  digest: string
  parameters: string[]
  body: string
}

test.describe('the programs of the map', () => {
  test.use({ bypassCSP: true })

  test('are all there', async ({ page }) => {
    await page.addInitScript(() => {
      const written: { parameters: string[]; body: string }[] = []
      Object.assign(window, { written })
      window.Function = new Proxy(Function, {
        apply(target, self, words: string[]) {
          written.push({ parameters: words.slice(0, -1), body: words[words.length - 1] ?? '' })
          return Reflect.apply(target, self, words)
        },
      })
    })
    await page.goto('./?map=webgl')
    await loadExample(page)
    await startTraining(page, { training: { epochs: 2 } })
    await at(page, 'look')
    const map = page.getByTestId('map-canvas')
    await expect(map.locator('canvas')).toBeVisible()
    await map.scrollIntoViewIfNeeded()
    // Every way to draw: glide, hover, mark, zoom, other dots, other colours.
    await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'finished')
    await page.getByRole('button', { name: 'Zoom and pan' }).click()
    const box = await map.boundingBox()
    if (!box) throw new Error('no map')
    for (let x = 0.1; x < 1; x += 0.02) await page.mouse.move(box.x + box.width * x, box.y + box.height * 0.5)
    await page.mouse.wheel(0, -300)
    await map.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.locator('#map').getByText('Users', { exact: true }).click()
    await page.locator('#map').getByText('Popularity', { exact: true }).click()
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 800, height: 900 })
    await page.waitForTimeout(2000)

    const written: Program[] = await page.evaluate(async () => {
      const seen = (window as unknown as { written: Omit<Program, 'digest'>[] }).written
      const digest = async (words: string) => {
        const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(words))
        return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
      }
      return Promise.all(seen.map(async (program) => ({ ...program, digest: await digest(program.body) })))
    })
    if (process.env.UPDATE_PROGRAMS) {
      const entries = written.map(({ digest, parameters, body }) => `  '${digest}': function (${parameters.join(', ')}) {\n${body}\n},\n`)
      writeFileSync(FILE, `${HEADING}export default {\n${[...new Set(entries)].join('')}}\n`)
    } else {
      expect(written.map((program) => program.body)).toEqual([])
    }
  })
})
