// "Watch a VAE collapse": a plain VAE with the textbook's weight of the KL loses its latent space within a few epochs.

import type { Lesson } from './lesson'

export const collapse: Lesson = {
  id: 'collapse',
  begins: 'collapse',
  steps: [
    { id: 'load', target: ['#data'], until: { what: 'loaded' }, action: { does: 'load' } },
    { id: 'model', target: ['.field:has(#field-objective-kl_weight)', '#configuration'], until: { what: 'read' } },
    {
      id: 'start',
      target: ['#training'],
      until: { what: 'started', configuration: 'collapse' },
      action: { does: 'start', configuration: 'collapse' },
    },
    {
      id: 'price',
      target: ['#chart-loss-shares', '#loss'],
      until: { what: 'epoch', configuration: 'collapse', epoch: 2 },
      action: { does: 'start', configuration: 'collapse' },
    },
    {
      id: 'units',
      target: ['#chart-epochs-active', '#epochs'],
      until: { what: 'epoch', configuration: 'collapse', epoch: 4 },
      action: { does: 'start', configuration: 'collapse' },
    },
    {
      id: 'information',
      target: ['#chart-epochs-information', '#epochs'],
      until: { what: 'opened', chart: 'epochs-information' },
      action: { does: 'open', chart: 'epochs-information' },
    },
    { id: 'everybody', target: ['#validation'], until: { what: 'read' } },
  ],
}
