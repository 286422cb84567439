// "Two views": what the contrastive term compares, and what it does to the latents.

import type { Lesson } from './lesson'

export const views: Lesson = {
  id: 'views',
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
      id: 'weight',
      target: ['.field:has(#field-objective-contrast_weight)', '#configuration'],
      until: { what: 'set', values: { 'objective.contrast_weight': 1 } },
      action: { does: 'set', values: { 'objective.contrast_weight': 1 } },
    },
    {
      id: 'together',
      target: ['#chart-epochs-plane', '#epochs'],
      until: { what: 'epoch', configuration: 'together', epoch: 4 },
      action: { does: 'start', configuration: 'together' },
    },
    {
      id: 'change',
      target: ['.field:has(#field-view-mode)', '#configuration'],
      until: { what: 'set', values: { 'view.mode': 'data' } },
      action: { does: 'set', values: { 'view.mode': 'data' } },
    },
    {
      id: 'changed',
      target: ['#chart-epochs-plane', '#epochs'],
      until: { what: 'epoch', configuration: 'changed', epoch: 4 },
      action: { does: 'start', configuration: 'changed' },
    },
    { id: 'compare', target: ['#runs'], until: { what: 'read' } },
  ],
}
