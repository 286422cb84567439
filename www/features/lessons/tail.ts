// "The long tail": for whom a collapsed model and a sound one are good.

import type { Lesson } from './lesson'

export const tail: Lesson = {
  id: 'tail',
  begins: 'collapse',
  steps: [
    { id: 'load', target: ['#data'], until: { what: 'loaded' }, action: { does: 'load' } },
    {
      id: 'ill',
      target: ['#training'],
      until: { what: 'epoch', configuration: 'collapse', epoch: 4 },
      action: { does: 'start', configuration: 'collapse' },
    },
    { id: 'nobody', target: ['#chart-groups-recall', '#groups'], until: { what: 'read' } },
    {
      id: 'counted',
      target: ['#chart-groups-recall', '#groups'],
      until: { what: 'opened', chart: 'groups-recall' },
      action: { does: 'open', chart: 'groups-recall' },
    },
    {
      id: 'sound',
      target: ['#training'],
      until: { what: 'epoch', configuration: 'lighter', epoch: 6 },
      action: { does: 'start', configuration: 'lighter' },
    },
    { id: 'beside', target: ['#groups'], until: { what: 'chosen', panel: 'groups' } },
    {
      id: 'posterior',
      target: ['#chart-groups-kl', '#groups'],
      until: { what: 'opened', chart: 'groups-kl' },
      action: { does: 'open', chart: 'groups-kl' },
    },
    {
      id: 'contrast',
      target: ['#chart-groups-recall', '#groups'],
      until: { what: 'epoch', configuration: 'together', epoch: 4 },
      action: { does: 'start', configuration: 'together' },
    },
    { id: 'end', target: ['#chart-groups-recall', '#groups'], until: { what: 'read' } },
  ],
}
