// Model and objective, compiled for the browser, give the values of the independent implementation: on the CPU and on WebGPU.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { expect, type Page, test } from '@playwright/test'

import { HAS_THREADS } from './page'
import type * as CpuModule from '../../pkg/dist/cpu/contrastvae'

const ROOT = resolve(import.meta.dirname, '../..')
const REFERENCE = readFileSync(resolve(ROOT, 'tests/reference/contrastvae_toy.json'), 'utf8')

type Values = { name: string; relative_error: number }[]

/** The comparisons of a build; with `fused` false in a browser that refuses the instructions of relaxed SIMD. */
async function compare(page: Page, base: string | undefined, build: 'cpu' | 'cpu-threads' | 'gpu', fused = true): Promise<Values> {
  // The package itself, beside the page.
  await page.route(/\/pkg\//, (route) => route.fulfill({ path: resolve(ROOT, new URL(route.request().url()).pathname.slice(1)) }))
  await page.goto('./?device=cpu')
  const kind: 'cpu' | 'gpu' = build === 'gpu' ? 'gpu' : 'cpu'
  const software = await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) !== null)
  test.skip(kind === 'gpu' && !software, 'this browser brings no WebGPU adapter')
  const comparisons = await page.evaluate(
    async ({ kind, reference, script, fused }) => {
      if (!fused) {
        WebAssembly.Module = class {
          constructor() {
            throw new WebAssembly.CompileError('an instruction that is not known')
          }
        } as unknown as typeof WebAssembly.Module
      }
      const module = (await import(script)) as typeof CpuModule
      await module.default()
      return (await module.check_reference(kind, reference)) as Values
    },
    { kind, reference: REFERENCE, script: new URL(`/pkg/dist/${build}/contrastvae.js`, base).href, fused },
  )
  expect(comparisons.length).toBeGreaterThan(0)
  const worst = comparisons.reduce((a, b) => (b.relative_error > a.relative_error ? b : a))
  test.info().annotations.push({ type: 'worst', description: `${worst.name}: ${worst.relative_error.toExponential(1)}` })
  expect(comparisons.filter((one) => !(one.relative_error < 1e-4))).toEqual([])
  return comparisons
}

for (const kind of HAS_THREADS ? (['cpu', 'cpu-threads', 'gpu'] as const) : (['cpu', 'gpu'] as const)) {
  test(`the ${kind} build agrees with the reference values`, async ({ page, baseURL }) => {
    test.setTimeout(600_000)
    await compare(page, baseURL, kind)
  })
}

test('so does the cpu build where the browser cannot fuse multiplications and additions', async ({ page, baseURL }) => {
  const plain = await compare(page, baseURL, 'cpu', false)
  await page.unrouteAll()
  const fused = await compare(page, baseURL, 'cpu')
  // Each rounds in its own way: were all digits the same, the fused products were not in use.
  expect(fused.map(({ name }) => name)).toEqual(plain.map(({ name }) => name))
  expect(fused).not.toEqual(plain)
})
