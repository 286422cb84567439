// A form says what is wrong by the names that it shows.

import { expect, test } from 'vitest'

import { withLabels } from './labels'

test('keys in a sentence become the labels of the form', () => {
  const labels = { seed: 'Seed', 'training.epochs': 'Epochs', 'model.hidden_size': 'Hidden size', 'model.heads': 'Attention heads' }
  expect(withLabels('training.epochs is 0; it must be 1 to 10,000.', labels)).toBe('“Epochs” is 0; it must be 1 to 10,000.')
  expect(withLabels('model.hidden_size is 9; it must be a multiple of model.heads.', labels)).toBe(
    '“Hidden size” is 9; it must be a multiple of “Attention heads”.',
  )
  expect(withLabels('The seed2 of model.heads.x is odd.', labels)).toBe('The seed2 of model.heads.x is odd.')
  expect(withLabels('Nothing is known.', {})).toBe('Nothing is known.')
  expect(withLabels('training.epochs 為 0；必須是整數。', { 'training.epochs': '輪數' }, (label) => `「${label}」`)).toBe(
    '「輪數」為 0；必須是整數。',
  )
})
