import { expect, test } from 'vitest'

import { asCsv } from '../../shell/export/table-files'
import { heatSvg, heatTable } from './heat'

const SPECTRUM = {
  dimensions: [1, 0],
  epochs: [1, 2, 3],
  kl: [
    [0, 1, 4],
    [0, 0.25, 1],
  ],
  most: 4,
}
const WORDS = { title: 'KL <by dimension>', epoch: 'Epoch', dimension: 'Dimension', least: '0', most: '4 nats' }

test('each cell of the strip is drawn in the file, as strong as its value', () => {
  const svg = heatSvg(SPECTRUM, WORDS, { cell: '#c04f00', ink: '#000', paper: '#fff' })
  const cells = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="224" height="150" fill="#c04f00" fill-opacity="([\d.]+)"/g)]
  expect(cells.map(([, x, y, share]) => [Number(x), Number(y), Number(share)])).toEqual([
    [24, 48, 0],
    [248, 48, 0.5],
    [472, 48, 1],
    [24, 198, 0],
    [248, 198, 0.25],
    [472, 198, 0.5],
  ])
  expect(svg).toContain('KL &#60;by dimension&#62;')
  expect(svg).not.toContain('NaN')
  expect(heatSvg({ dimensions: [], epochs: [], kl: [], most: 0 }, WORDS, { cell: '', ink: '', paper: '' })).not.toContain('NaN')
})

test('its numbers are a row for each dimension, counted from 1', () => {
  expect(asCsv(heatTable(SPECTRUM, WORDS))).toBe('Dimension,Epoch 1,Epoch 2,Epoch 3\r\n2,0,1,4\r\n1,0,0.25,1\r\n')
})
