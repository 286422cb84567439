import { expect, test } from 'vitest'

import type { Metrics } from '../../../pkg/src/protocol'
import type { RunResult } from '../../shell/runs.svelte'
import { type CardFacts, modelCard, shareInterval } from './card'
import { card } from './words-card'

const METRICS: Metrics = {
  users: 400,
  recall_5: 0.1,
  recall_10: 0.2,
  recall_20: 0.25,
  recall_40: 0.5,
  ndcg_5: 0.05,
  ndcg_10: 0.08,
  ndcg_20: 0.1234,
  ndcg_40: 0.2,
  mrr: 0.06,
}
const RESULT: RunResult = {
  epoch: 2,
  metrics: METRICS,
  posterior: { epoch: 2, active_units: 7, dimensions: 16, kl: 3.25, mutual_information: 2.5, mutual_information_ceiling: 5.99 },
  run: {
    id: 1,
    key: 'secret-key',
    name: 'Run of Anna',
    data: { name: 'patients.csv', users: 400, items: 90, interactions: 5000 },
    device: 'CPU',
    values: { 'model.kind': 'contrastvae', 'view.mode': 'avae', seed: 11, 'objective.kl_weight': 0.5 },
    validation: [1, 2, 3].map((epoch) => ({
      epoch,
      metrics: METRICS,
      popularity: { ...METRICS, ndcg_20: 0.0421 },
      groups: [],
      seconds: 1,
    })),
    posterior: [],
    parameters: 12345,
    test: null,
    seconds: 61,
  },
}
const FACTS: CardFacts = {
  version: '9.8.7',
  summary: {
    users: 400,
    items: 90,
    interactions: 5000,
    users_before: 500,
    items_before: 90,
    interactions_before: 6000,
    mean_length: 12.5,
    density: 0.1389,
    split: {
      rule: { kind: 'last_two' } as never,
      moments: ['2001-02-03', '2001-04-05'],
      train_interactions: 4200,
      valid_users: 400,
      test_users: 398,
    },
  },
  result: RESULT,
  labelOf: (key) => (key === 'objective.kl_weight' ? 'KL weight' : undefined),
  shown: String,
}

test('the interval of a share is that of Wilson', () => {
  // Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 0 of 20.
  const rounded = (share: number, users: number) => shareInterval(share, users)?.map((end) => Number(end.toFixed(4)))
  expect(rounded(81 / 263, 263)).toEqual([0.2553, 0.3662])
  expect(rounded(0, 20)).toEqual([0, 0.1611])
  expect(shareInterval(0, 0)).toBeNull()
})

test('a card has counts, settings, metrics with intervals, version and seed, and leaves the licence open', () => {
  const text = modelCard(FACTS, card.en)
  for (const part of [
    'ContrastVAE Lab 9.8.7',
    'Seed: 11',
    'Users: 400 after the filter, 500 before',
    'Items: 90\n',
    'contrastvae, avae',
    '| KL weight | `objective.kl_weight` | 0.5 |',
    'best on validation after 2 of 3',
    '| NDCG@20 | 0.1234 | – | 0.0421 |',
    'Active units: 7 of 16',
    '## Licence\n\n…',
  ]) {
    expect(text).toContain(part)
  }
  expect(text).toContain('| Recall@20 | 0.2500 (0.2101–0.2947) |')
})

test('no name, date or identifier of the log gets into the card', () => {
  for (const words of [card.en, card.zhHant]) {
    const text = modelCard(FACTS, words)
    for (const secret of ['patients', 'Anna', 'secret-key', '2001-02-03', '2001-04-05']) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/undefined|NaN|\[object/)
  }
})

test('what is not known is said, and a test that was ranked stands beside the validation', () => {
  const bare = { ...RESULT, posterior: undefined, run: { ...RESULT.run, parameters: null, seconds: null, device: '' } }
  const text = modelCard({ ...FACTS, version: '', result: bare }, card.en)
  expect(text).toContain('Not measured')
  expect(text.match(/not known/g)).toHaveLength(4)
  const tested = { ...RESULT, run: { ...RESULT.run, test: { epoch: 2, metrics: { ...METRICS, ndcg_20: 0.1111 } } } }
  expect(modelCard({ ...FACTS, result: tested }, card.en)).toContain('| NDCG@20 | 0.1234 | 0.1111 | 0.0421 |')
})
