// A chart of the page as a picture and as a table of its numbers.
//
// In: what the chart is told. Out: the text of an SVG in the colours of the present theme, and of a CSV.

import type { PlotProps } from '../plot'
import { theme } from '../theme.svelte'
import { chartSvg } from './chart-svg'
import { asCsv } from './table-files'

export function plotSvg(props: PlotProps): string {
  const [x, ...series] = props.data
  const lines = props.lines.map(({ label, token, dash }, at) => ({
    label,
    colour: theme.token(token),
    dash,
    values: [...(series[at] ?? [])],
  }))
  const { label, zero = false, logarithmic = false, bars, dots } = props
  const [ink, paper] = [theme.token('--ink'), theme.token('--card')]
  return chartSvg({ title: label, x: [...(x ?? [])], lines, zero, logarithmic, bars, dots, ink, paper })
}

export function plotCsv(props: PlotProps): string {
  const [x, ...series] = props.data
  const { bars, dots } = props
  const first = (at: number, row: number) => (dots ? [dots.names[row] ?? '', dots.categories?.[at] ?? at] : [bars?.[row] ?? at])
  const rows = [...(x ?? [])].map((at, row) => [...first(at, row), ...series.map((values) => values[row] ?? '')])
  return asCsv({ caption: props.label, header: [...(dots ? ['name', dots.x] : ['x']), ...props.lines.map(({ label }) => label)], rows })
}
