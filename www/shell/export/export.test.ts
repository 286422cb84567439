// Charts and tables as files.

import { expect, test } from 'vitest'

import { chartSvg } from './chart-svg'
import { asCsv, asLatex, joined } from './table-files'

const CHART = {
  title: 'NDCG@20 <validation>',
  x: [1, 2, 3],
  lines: [
    { label: 'This model', colour: '#0b6b64', values: [0.1, 0.3, 0.4] },
    { label: 'Popularity & co', colour: '#8a5a00', dash: [6, 5], values: [0.09, null, 0.39] },
  ],
}

test('a chart has its title, a line for each curve, and names that do not meet', () => {
  const svg = chartSvg(CHART)
  expect(svg).toContain('NDCG@20 &#60;validation&#62;')
  expect(svg).toContain('Popularity &#38; co')
  expect(svg).not.toContain('NaN')
  expect(svg.match(/stroke-dasharray="6 5"/g)).toHaveLength(1)
  // Of a point that is not there nothing is drawn: the line begins anew.
  expect(svg).toMatch(/d="M[\d.]+ [\d.]+M[\d.]+ [\d.]+" fill="none" stroke="#8a5a00"/)
  const ends = [...svg.matchAll(/y="([\d.]+)"[^>]*font-weight="600" text-anchor="start">(?:This|Pop)/g)].map((found) => Number(found[1]))
  expect(Math.abs((ends[0] ?? 0) - (ends[1] ?? 0))).toBeGreaterThanOrEqual(17)
})

test('a chart of one value, or of none, is drawn all the same', () => {
  expect(chartSvg({ ...CHART, x: [1], lines: [{ label: 'one', colour: 'red', values: [0] }] })).not.toContain('NaN')
  expect(chartSvg({ ...CHART, x: [], lines: [] })).toContain('<svg')
})

test('a chart of bars and one with logarithmic scales are drawn as such', () => {
  const bars = chartSvg({ ...CHART, bars: ['5', '6–9', '10–40'] })
  expect(bars.match(/<rect x=/g)).toHaveLength(5)
  expect(bars).toContain('10–40')
  const logarithmic = chartSvg({ ...CHART, x: [1, 10, 300], logarithmic: true })
  expect(logarithmic).toContain('>1,000<')
  expect(logarithmic).not.toContain('NaN')
})

test('a table is quoted in CSV and escaped in LaTeX, numbers to the right', () => {
  const table = {
    caption: 'Runs & baselines',
    header: ['Run', 'NDCG@20', 'Active units'],
    rows: [
      ['KL weight 1, "plain"', '0.0996 ± 0.0003', 0],
      ['50 % of_all', '0.4', 16],
    ],
  }
  expect(asCsv(table)).toBe('Run,NDCG@20,Active units\r\n"KL weight 1, ""plain""",0.0996 ± 0.0003,0\r\n50 % of_all,0.4,16\r\n')
  const latex = asLatex(table)
  expect(latex).toContain('\\caption{Runs \\& baselines}')
  expect(latex).toContain('\\begin{tabular}{lrr}')
  expect(latex).toContain('0.0996 $\\pm$ 0.0003 & 0 \\\\')
  expect(latex).toContain('50 \\% of\\_all')
})

test('tables about the same rows become one, row by row by their names', () => {
  const recall = {
    caption: 'Recall',
    header: ['Group', 'Users', 'Run 1'],
    rows: [
      ['<10', 14, '0.571'],
      ['≥40', 532, '0.838'],
    ],
  }
  const kl = { caption: 'KL', header: ['Group', 'KL, nats'], rows: [['≥40', '34.59']] }
  const table = joined('Groups', [recall, kl])
  expect(table).toEqual({
    caption: 'Groups',
    header: ['Group', 'Users', 'Run 1', 'KL, nats'],
    rows: [
      ['<10', 14, '0.571', ''],
      ['≥40', 532, '0.838', '34.59'],
    ],
  })
  expect(joined('Recall', [recall])).toEqual(recall)
  expect(asLatex(table)).toContain('    $<$10 & 14 & 0.571 &  \\\\\n    $\\geq$40 & 532 & 0.838 & 34.59 \\\\\n')
})
