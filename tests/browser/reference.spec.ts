// Model and objective, compiled for the browser, give the values of the independent implementation: on the CPU and on WebGPU.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { expect, test } from '@playwright/test'

const ROOT = resolve(import.meta.dirname, '../..')
const REFERENCE = readFileSync(resolve(ROOT, 'tests/reference/contrastvae_toy.json'), 'utf8')

for (const kind of ['cpu', 'gpu'] as const) {
  test(`the ${kind} build agrees with the reference values`, async ({ page, baseURL }) => {
    test.setTimeout(600_000)
    // The package itself, beside the page.
    await page.route(/\/pkg\//, (route) => route.fulfill({ path: resolve(ROOT, new URL(route.request().url()).pathname.slice(1)) }))
    await page.goto('./?device=cpu')
    const software = await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) !== null)
    test.skip(kind === 'gpu' && !software, 'this browser brings no WebGPU adapter')
    const comparisons = await page.evaluate(
      async ({ kind, reference, script }) => {
        const module = (await import(script)) as typeof import('../../pkg/cpu/contrastvae')
        await module.default()
        return (await module.check_reference(kind, reference)) as { name: string; relative_error: number }[]
      },
      { kind, reference: REFERENCE, script: new URL(`/pkg/${kind}/contrastvae.js`, baseURL).href },
    )
    expect(comparisons.length).toBeGreaterThan(0)
    const worst = comparisons.reduce((a, b) => (b.relative_error > a.relative_error ? b : a))
    test.info().annotations.push({ type: 'worst', description: `${worst.name}: ${worst.relative_error.toExponential(1)}` })
    expect(comparisons.filter((one) => !(one.relative_error < 1e-4))).toEqual([])
  })
}
