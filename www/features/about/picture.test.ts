// The picture of the model: that nothing covers anything, that every part is explained, and what is lit.

import { describe, expect, test } from 'vitest'

import { lightOf, isPictured, PARTS, SETTINGS, takesPart, tall, TERMS, wide } from './picture'
import { about } from './words'

describe.each([
  ['wide', wide],
  ['tall', tall],
])('the %s layout', (_, { boxes, width, height }) => {
  test('shows every part within its frame', () => {
    expect(new Set(boxes.map(({ part }) => part))).toEqual(new Set(PARTS))
    for (const box of boxes) {
      expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0)
      expect(box.x + box.width).toBeLessThanOrEqual(width)
      expect(box.y + box.height).toBeLessThanOrEqual(height)
    }
  })

  test('lets no box cover another', () => {
    const covers = boxes.flatMap((one, at) =>
      boxes
        .slice(at + 1)
        .filter((other) => one.x < other.x + other.width && other.x < one.x + one.width)
        .filter((other) => one.y < other.y + other.height && other.y < one.y + one.height)
        .map((other) => `${one.part} ${other.part}`),
    )
    expect(covers).toEqual([])
  })
})

describe('a part', () => {
  test('has its words in both languages, and settings', () => {
    for (const part of PARTS) {
      for (const words of [about.en, about.zhHant]) expect(Object.values(words.parts[part]).every(Boolean), part).toBe(true)
      expect(SETTINGS[part].length).toBeGreaterThan(0)
    }
  })

  test('takes part as the configuration has it', () => {
    const plain = { 'view.mode': 'avae', 'objective.kl_weight': 1, 'objective.contrast_weight': 0.1 }
    expect(PARTS.filter((part) => !takesPart(part, plain))).toEqual(['second', 'contrast'])
    const full = { ...plain, 'view.mode': 'model' }
    expect(PARTS.filter((part) => !takesPart(part, full))).toEqual([])
    expect(takesPart('contrast', { ...full, 'objective.contrast_weight': 0 })).toBe(false)
    expect(PARTS.filter((part) => !takesPart(part, { ...plain, 'view.mode': 'deterministic' }))).toEqual([
      'second',
      'sampling',
      'kl',
      'contrast',
    ])
    expect([isPictured(plain), isPictured({ 'model.kind': 'recvae' })]).toEqual([true, false])
  })
})

test('terms are lit by what they add, and together wholly', () => {
  const losses = {
    total: 10,
    reconstruction: 7.5,
    kl: 50,
    contrast: 5,
    shares: { reconstruction: 7.5, kl: 2, contrast: 0.5, alpha_prior: 0 },
  }
  expect(TERMS.map((term) => lightOf(term, losses))).toEqual([0.75, 0.2, 0.05])
  expect(TERMS.map((term) => lightOf(term, null))).toEqual([0, 0, 0])
})
