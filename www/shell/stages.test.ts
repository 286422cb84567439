// The stage in the address.

import { expect, test } from 'vitest'

import { stageOf, STAGES, withStage } from './stages'

test('every stage has an address, and what names none is the first one', () => {
  for (const stage of STAGES) {
    const address = withStage(new URL('https://a.example/x/?lang=en&stage=use#v=1&seed=1'), stage)
    expect(stageOf(address.search)).toBe(stage)
    expect([address.searchParams.get('lang'), address.hash]).toEqual(['en', '#v=1&seed=1'])
  }
  expect(withStage(new URL('https://a.example/?stage=use'), 'start').href).toBe('https://a.example/')
  expect(['', '?stage=', '?stage=attic', '?device=cpu'].map(stageOf)).toEqual(['start', 'start', 'start', 'start'])
})
