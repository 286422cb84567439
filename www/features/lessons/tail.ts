// "The long tail": for whom a collapsed model and a sound one are good.

import type { Lesson } from './lesson'

export const tail: Lesson = {
  id: 'tail',
  minutes: 3,
  begins: 'collapse',
  steps: [
    { id: 'load', target: ['#data'], until: { what: 'loaded' }, action: { does: 'load' } },
    {
      id: 'ill',
      target: ['#chart-groups-recall', '#groups', '#training'],
      ask: { kind: 'choice', options: ['all', 'common', 'rare'], right: 'common', beside: 'groups-recall' },
      until: { what: 'epoch', configuration: 'collapse', epoch: 4 },
      action: { does: 'start', configuration: 'collapse' },
    },
    {
      id: 'counted',
      target: ['#chart-groups-recall', '#groups'],
      until: { what: 'opened', chart: 'groups-recall' },
      action: { does: 'open', chart: 'groups-recall' },
    },
    {
      id: 'sound',
      target: ['#chart-groups-recall', '#groups'],
      ask: { kind: 'number', measure: 'rare', least: 0, most: 100, step: 1, beside: 'groups-recall' },
      until: { what: 'epoch', configuration: 'lighter', epoch: 6 },
      action: { does: 'start', configuration: 'lighter' },
    },
    { id: 'beside', target: ['#groups'], until: { what: 'beside' }, action: { does: 'beside' } },
    {
      id: 'contrast',
      target: ['#chart-groups-recall', '#groups'],
      ask: { kind: 'choice', options: ['sooner', 'same', 'later'], right: 'sooner', beside: 'groups-recall' },
      until: { what: 'epoch', configuration: 'together', epoch: 4 },
      action: { does: 'start', configuration: 'together' },
    },
    { id: 'end', target: ['#chart-groups-recall', '#groups'], until: { what: 'read' } },
  ],
}
