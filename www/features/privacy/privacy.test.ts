// Requests by what they are for.

import { expect, test } from 'vitest'

import { purposeOf } from './privacy.svelte'

test('requests are named by what they are for, under any path', () => {
  const page = 'https://a.example/lab/?lang=en#seed=1'
  const purpose = (path: string) => purposeOf(new URL(path, page).href, page)
  expect(['./', 'index.html?x', 'assets/index-abc.js', 'assets/worker-abc.js', 'assets/contrastvae-abc.js'].map(purpose)).toEqual([
    'document',
    'document',
    'script',
    'worker',
    'modelCode',
  ])
  expect(['assets/m.wasm', 'local-data.json', 'data/ml/u.data', 'service-worker.js', 'icons/icon.svg', '../x'].map(purpose)).toEqual([
    'modelCode',
    'dataSets',
    'dataSet',
    'offline',
    'install',
    'other',
  ])
  expect(purpose('https://elsewhere.example/lab/index.html')).toBe('other')
})
