// "Two views": what the contrastive term compares, and what it does to the latents.

import type { Lesson } from './lesson'

const WAYS = ['closer', 'same', 'further'] as const

export const views: Lesson = {
  id: 'views',
  minutes: 3,
  begins: 'apart',
  steps: [
    { id: 'load', target: ['#data'], until: { what: 'loaded' }, action: { does: 'load' } },
    { id: 'two', target: ['.field:has(#field-view-mode)', '#configuration'], until: { what: 'read' } },
    {
      id: 'apart',
      target: ['#chart-epochs-plane', '#epochs'],
      until: { what: 'epoch', configuration: 'apart', epoch: 4 },
      action: { does: 'start', configuration: 'apart' },
    },
    {
      id: 'plane',
      target: ['#chart-epochs-plane', '#epochs'],
      until: { what: 'opened', chart: 'epochs-plane' },
      action: { does: 'open', chart: 'epochs-plane' },
    },
    {
      id: 'together',
      target: ['#chart-epochs-plane', '#epochs'],
      ask: { kind: 'choice', options: WAYS, right: 'closer', beside: 'epochs-plane' },
      until: { what: 'epoch', configuration: 'together', epoch: 4 },
      action: { does: 'start', configuration: 'together' },
    },
    {
      id: 'changed',
      target: ['#chart-epochs-plane', '#epochs'],
      ask: { kind: 'choice', options: WAYS, right: 'further', beside: 'epochs-plane' },
      until: { what: 'epoch', configuration: 'changed', epoch: 4 },
      action: { does: 'start', configuration: 'changed' },
    },
    {
      id: 'compare',
      target: ['#runs'],
      ask: { kind: 'choice', options: ['much', 'little'], right: 'little', beside: 'runs' },
      until: { what: 'answered' },
    },
  ],
}
