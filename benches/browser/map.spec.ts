// How smoothly the latent map moves with 100,000 dots: the time between frames while dots glide from epoch to epoch, while the view is
// dragged, and while the pointer goes over the dots.
//
// In: nothing; a log of so many items is made here. Out: BENCH_OUT, where the numbers go. `?map=` is left to the page, which takes the
// graphics card where there is one; BENCH_MAP decides otherwise.

import { writeFileSync } from 'node:fs'

import { expect, type Page, test } from '@playwright/test'

const ITEMS = 100_000
const MAP = process.env.BENCH_MAP ? `&map=${process.env.BENCH_MAP}` : ''

/** Milliseconds between frames while something is done. */
async function frames(page: Page, action: () => Promise<void>) {
  await page.evaluate(() => {
    const seen: number[] = []
    let last = performance.now()
    const watch = (now: number) => {
      seen.push(now - last)
      last = now
      if (Reflect.get(window, 'watching')) requestAnimationFrame(watch)
    }
    Object.assign(window, { watching: true, seen })
    requestAnimationFrame(watch)
  })
  await action()
  const seen = await page.evaluate(() => {
    Object.assign(window, { watching: false })
    return (window as unknown as { seen: number[] }).seen.slice(1)
  })
  seen.sort((a, b) => a - b)
  const at = (share: number) => Number((seen[Math.floor(share * (seen.length - 1))] ?? NaN).toFixed(1))
  return { frames: seen.length, median: at(0.5), nine_of_ten: at(0.9), longest: at(1) }
}

test('a map of 100,000 items', async ({ page, browser }) => {
  const rows = Array.from({ length: 4 * ITEMS }, (_, i) => `u${Math.floor(i / 40)},i${(i * 7919) % ITEMS},${i}`)
  await page.goto(`./?device=cpu&stage=look${MAP}`)
  await page.evaluate(
    async ([text]) => {
      await window.contrastvae.load(new File([text], 'items.csv'), { filter: { min_user: 1, min_item: 1 } } as never)
      await window.contrastvae.configure({
        model: { hidden_size: 8, heads: 1, max_length: 12 },
        objective: { reconstruction: 'sampled_softmax' },
        training: { epochs: 2, batch_size: 512 },
      })
    },
    [`user,item,time\n${rows.join('\n')}\n`] as const,
  )
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(page.getByTestId('state')).toHaveText('Finished', { timeout: 900_000 })
  const canvas = page.getByTestId('map-canvas')
  await expect(canvas).toHaveAccessibleName(/Map of 100,000/)
  await canvas.scrollIntoViewIfNeeded()
  const box = await canvas.boundingBox()
  if (!box) throw new Error('no map')
  const slider = page.getByRole('slider', { name: 'Epoch' })
  await slider.focus()
  const glide = await frames(page, async () => {
    for (const key of ['ArrowLeft', 'ArrowLeft', 'End']) {
      await page.keyboard.press(key)
      await page.waitForTimeout(700)
    }
  })
  const hover = await frames(page, async () => {
    for (let i = 0; i < 60; i++) await page.mouse.move(box.x + box.width * (0.2 + i / 100), box.y + box.height * 0.5)
  })
  await page.getByRole('button', { name: 'Zoom and pan' }).click()
  const drag = await frames(page, async () => {
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await page.mouse.wheel(0, -300)
    await page.mouse.down()
    for (let i = 0; i < 60; i++) await page.mouse.move(box.x + box.width / 2 + i * 2, box.y + box.height / 2 + i)
    await page.mouse.up()
  })
  const result = {
    browser: `${browser.browserType().name()} ${browser.version()}`,
    dots: ITEMS,
    drawer: (await page.getByTestId('map-step').innerText()).includes('without a graphics card') ? 'canvas' : 'WebGL',
    milliseconds_between_frames: { glide, hover, drag },
  }
  console.log(JSON.stringify(result, null, 2))
  if (process.env.BENCH_OUT) writeFileSync(process.env.BENCH_OUT, `${JSON.stringify(result, null, 2)}\n`)
})
