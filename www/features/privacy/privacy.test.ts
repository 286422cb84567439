// Requests by what they are for; what attempts to send something say together.

import { expect, test } from 'vitest'

import type { Outcome } from '../../../pkg/src/requests'
import { purposeOf, verdictOf } from './privacy.svelte'

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

test('only what was sent is an alarm, and only refusals alone are a proof', () => {
  const verdict = (...outcomes: Outcome[]) => verdictOf(outcomes.map((outcome) => ({ way: 'fetch', outcome, directive: null })))
  expect(verdict('refused', 'refused')).toBe('refused')
  expect(verdict('refused', 'failed')).toBe('unsure')
  expect(verdict('failed')).toBe('unsure')
  expect(verdict('refused', 'failed', 'sent')).toBe('sent')
})
