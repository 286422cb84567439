// The fused tiles of matrix products by themselves: their numbers are those of double precision, and they write nothing else.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { expect, test } from '@playwright/test'

const MODULE = readFileSync(resolve(import.meta.dirname, '../../src/kernel/product/fused.wasm'))

test('tiles are the products of their panels, written or added', async ({ page }) => {
  await page.goto('./?device=cpu')
  const worst = await page.evaluate(
    (bytes) => {
      const memory = new WebAssembly.Memory({ initial: 1 })
      const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)), { product: { memory } })
      const strip = instance.exports.strip as (...of: number[]) => void
      const numbers = new Float32Array(memory.buffer)
      const [left, rights, target] = [256, 4096, 8192]
      let worst = 0
      for (const depth of [1, 2, 7, 64]) {
        for (const panels of [0, 1, 3]) {
          for (const add of [0, 1]) {
            // Rows lie further apart than the tiles are wide, so that what stands between them can be looked at.
            const stride = panels * 8 + 5
            for (let at = 0; at < numbers.length; at++) numbers[at] = ((at * 7919) % 2003) / 1001.5 - 1
            const before = numbers.slice()
            strip(target * 4, stride * 4, left * 4, rights * 4, depth, panels, add)
            const expected = Float64Array.from(before)
            for (let row = 0; row < 4; row++) {
              for (let column = 0; column < panels * 8; column++) {
                let sum = add ? (before[target + row * stride + column] ?? NaN) : 0
                for (let step = 0; step < depth; step++) {
                  const [panel, within] = [column >> 3, column & 7]
                  sum += (before[left + step * 4 + row] ?? NaN) * (before[rights + (panel * depth + step) * 8 + within] ?? NaN)
                }
                expected[target + row * stride + column] = sum
              }
            }
            // Everything that is no product is as it was.
            numbers.forEach((value, at) => (worst = Math.max(worst, Math.abs(value - (expected[at] ?? NaN)))))
          }
        }
      }
      return worst
    },
    [...MODULE],
  )
  expect(worst).toBeGreaterThan(0)
  expect(worst).toBeLessThan(1e-5)
})
