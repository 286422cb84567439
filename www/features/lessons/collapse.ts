// "Watch a VAE collapse": a plain VAE with the textbook's weight of the KL loses its latent space within a few epochs.

import type { Lesson } from './lesson'

export const collapse: Lesson = {
  id: 'collapse',
  minutes: 2,
  begins: 'collapse',
  steps: [
    { id: 'load', target: ['#data'], until: { what: 'loaded' }, action: { does: 'load' } },
    { id: 'model', target: ['.field:has(#field-objective-kl_weight)', '#configuration'], until: { what: 'read' } },
    {
      id: 'units',
      target: ['#chart-epochs-active', '#epochs', '#training'],
      ask: { kind: 'number', measure: 'active', least: 0, most: 16, step: 1, beside: 'epochs-active' },
      until: { what: 'epoch', configuration: 'collapse', epoch: 5 },
      action: { does: 'start', configuration: 'collapse' },
    },
    {
      id: 'price',
      target: ['#chart-loss-shares', '#loss'],
      ask: { kind: 'choice', options: ['rose', 'fell', 'stood'], right: 'fell', beside: 'loss-shares' },
      until: { what: 'answered' },
    },
    {
      id: 'information',
      target: ['#chart-epochs-information', '#epochs'],
      until: { what: 'opened', chart: 'epochs-information' },
      action: { does: 'open', chart: 'epochs-information' },
    },
    {
      id: 'everybody',
      target: ['#validation'],
      ask: { kind: 'choice', options: ['random', 'popular', 'own'], right: 'popular', beside: 'validation' },
      until: { what: 'answered' },
    },
  ],
}
