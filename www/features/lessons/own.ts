// "Your own log": from a file to recommendations, with the questions that one asks on the way.

import type { Lesson } from './lesson'

export const own: Lesson = {
  id: 'own',
  minutes: 5,
  begins: 'small',
  steps: [
    { id: 'open', target: ['#data'], until: { what: 'loaded', own: true }, action: { does: 'load', seed: 2 } },
    {
      id: 'columns',
      target: ['#preview', '#data'],
      ask: { kind: 'number', measure: 'median', least: 1, most: 1000, step: 1, beside: 'data' },
      until: { what: 'answered' },
    },
    {
      id: 'yardstick',
      target: ['#runs', '#data'],
      ask: { kind: 'number', measure: 'popularity', least: 0, most: 100, step: 1, beside: 'runs' },
      until: { what: 'ranked' },
      action: { does: 'rank' },
    },
    {
      id: 'train',
      target: ['#validation'],
      until: { what: 'trained', epoch: 3 },
      action: { does: 'train', epochs: 20 },
    },
    { id: 'better', target: ['#validation'], until: { what: 'read' } },
    { id: 'try', target: ['#sequence'], until: { what: 'tried' }, action: { does: 'try' } },
    { id: 'keep', target: ['#training'], until: { what: 'read' } },
  ],
}
