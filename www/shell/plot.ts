// Everything that a chart is told.

import type uPlot from 'uplot'

export interface Line {
  label: string
  /** Name of the colour's token. */
  token: string
  dash?: number[]
  points?: boolean
}

export interface Dots {
  /** Of each dot. */
  names: readonly string[]
  /** What x is. */
  x: string
  /** Names of 0, 1 and so on, where x is no number. */
  categories?: readonly string[]
}

export interface PlotProps {
  data: uPlot.AlignedData
  lines: readonly Line[]
  /** Read by screen readers, and the title of a file. */
  label: string
  height?: number
  /** Charts with the same key share their cursor. */
  sync?: string
  /** Whether the scale begins at zero. */
  zero?: boolean
  /** Whether x counts something, so that there is nothing between 1 and 2. */
  counted?: boolean
  /** Whether both scales are logarithmic; nothing in the data may be 0. */
  logarithmic?: boolean
  /** Draws bars in place of lines, with these names; x counts them from 0. */
  bars?: readonly string[]
  /** Whether each line has its name at its end. */
  ends?: boolean
  /** Draws dots in place of a line, in the order of x. */
  dots?: Dots
  /** A height to be marked across the chart, such as a guess. */
  mark?: number | null
  /** Index of the point under the pointer; null when there is none. */
  onpoint?: (index: number | null) => void
}
