// "What is a recommender, and is it any good?": what popularity does, why answers are held back, and what a model adds.

import type { Lesson } from './lesson'

export const recommender: Lesson = {
  id: 'recommender',
  minutes: 3,
  begins: 'small',
  steps: [
    { id: 'load', target: ['#data'], until: { what: 'loaded' }, action: { does: 'load' } },
    {
      id: 'popular',
      target: ['#runs', '#data'],
      ask: { kind: 'number', measure: 'popularity', least: 0, most: 100, step: 1, beside: 'runs' },
      until: { what: 'ranked' },
      action: { does: 'rank' },
    },
    {
      id: 'held',
      target: ['#data'],
      ask: { kind: 'choice', options: ['trained', 'last', 'random'], right: 'last', beside: 'data' },
      until: { what: 'answered' },
    },
    {
      id: 'leak',
      target: ['#runs', '#validation'],
      ask: { kind: 'choice', options: ['epoch', 'test', 'seen'], right: 'test', beside: 'runs' },
      until: { what: 'answered' },
    },
    {
      id: 'model',
      target: ['#validation'],
      ask: { kind: 'number', measure: 'ndcg', least: 0, most: 1, step: 0.01, beside: 'validation' },
      until: { what: 'epoch', configuration: 'small', epoch: 5 },
      action: { does: 'start', configuration: 'small' },
    },
    {
      id: 'chain',
      target: ['#runs', '#validation'],
      ask: { kind: 'choice', options: ['ahead', 'behind'], right: 'behind', beside: 'runs' },
      until: { what: 'answered' },
    },
    { id: 'worth', target: ['#runs'], until: { what: 'read' } },
  ],
}
