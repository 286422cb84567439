// "Cure it": the same model with a lighter KL, with free bits, and with contrast, one after another; not all of it helps.

import type { Lesson } from './lesson'

export const cure: Lesson = {
  id: 'cure',
  minutes: 4,
  begins: 'collapse',
  steps: [
    { id: 'load', target: ['#data'], until: { what: 'loaded' }, action: { does: 'load' } },
    {
      id: 'ill',
      target: ['#chart-epochs-active', '#epochs', '#training'],
      until: { what: 'epoch', configuration: 'collapse', epoch: 4 },
      action: { does: 'start', configuration: 'collapse' },
    },
    {
      id: 'weight',
      target: ['.field:has(#field-objective-kl_weight)', '#configuration'],
      until: { what: 'set', values: { 'objective.kl_weight': 0.01 } },
      action: { does: 'set', values: { 'objective.kl_weight': 0.01 } },
    },
    {
      id: 'lighter',
      target: ['#chart-epochs-active', '#epochs'],
      ask: { kind: 'number', measure: 'active', least: 0, most: 16, step: 1, beside: 'epochs-active' },
      until: { what: 'epoch', configuration: 'lighter', epoch: 4 },
      action: { does: 'start', configuration: 'lighter' },
    },
    {
      id: 'bits',
      target: ['.field:has(#field-objective-free_bits)', '#configuration'],
      until: { what: 'set', values: { 'objective.kl_weight': 1, 'objective.free_bits': 0.05 } },
      action: { does: 'set', values: { 'objective.kl_weight': 1, 'objective.free_bits': 0.05 } },
    },
    {
      id: 'few',
      target: ['#chart-epochs-information', '#epochs'],
      ask: { kind: 'number', measure: 'information', least: 0, most: 7, step: 0.1, beside: 'epochs-information' },
      until: { what: 'epoch', configuration: 'few_free_bits', epoch: 5 },
      action: { does: 'start', configuration: 'few_free_bits' },
    },
    {
      id: 'pair',
      target: ['.field:has(#field-view-mode)', '#configuration'],
      until: { what: 'set', values: { 'objective.free_bits': 0, 'view.mode': 'model', 'objective.contrast_weight': 1 } },
      action: { does: 'set', values: { 'objective.free_bits': 0, 'view.mode': 'model', 'objective.contrast_weight': 1 } },
    },
    {
      id: 'contrast',
      target: ['#chart-epochs-active', '#epochs'],
      ask: { kind: 'number', measure: 'active', least: 0, most: 16, step: 1, beside: 'epochs-active' },
      until: { what: 'epoch', configuration: 'contrast', epoch: 6 },
      action: { does: 'start', configuration: 'contrast' },
    },
    {
      id: 'at_once',
      target: ['#chart-epochs-active', '#epochs'],
      ask: { kind: 'number', measure: 'active', least: 0, most: 16, step: 1, beside: 'epochs-active' },
      until: { what: 'epoch', configuration: 'contrast_at_once', epoch: 4 },
      action: { does: 'start', configuration: 'contrast_at_once' },
    },
    { id: 'compare', target: ['#runs'], until: { what: 'read' } },
  ],
}
