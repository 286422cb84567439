// The charts that are on the page, so that one of them can be shown large and the next ones after it.
//
// In: each chart, while it is there. Out: the chart that is presented, and the way to its neighbours in the order of the page.

import type { PlotProps } from './plot'

export interface PlacedChart {
  readonly label: string
  /** Read anew at each use, so that the chart goes on growing; undefined for a picture of another kind. */
  readonly plot: PlotProps | undefined
  /** The chart as a file by itself. */
  readonly svg: () => string
  readonly element: Element
}

class Charts {
  #all: PlacedChart[] = []
  /** The charts in the order of the page when the first was presented, and the one that is; empty if none is. */
  #row = $state.raw<readonly PlacedChart[]>([])
  at = $state(0)

  readonly presented = $derived(this.#row[this.at] ?? null)
  readonly count = $derived(this.#row.length)

  /** Adds a chart; the answer takes it away. */
  add(chart: PlacedChart): () => void {
    this.#all.push(chart)
    return () => {
      this.#all = this.#all.filter((one) => one !== chart)
      this.#row = this.#row.filter((one) => one !== chart)
    }
  }

  /** Presents a chart, or the first one in sight. */
  present(chart?: PlacedChart): void {
    const visible = this.#all.filter(({ element }) => element.getClientRects().length > 0)
    visible.sort((one, other) => (one.element.compareDocumentPosition(other.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1))
    const inSight = visible.findIndex(({ element }) => element.getBoundingClientRect().bottom > 0)
    this.#row = visible
    this.at = Math.max(0, chart ? visible.indexOf(chart) : inSight)
  }

  /** Goes so many charts on, around the end. */
  go(by: number): void {
    const { count } = this
    if (count > 0) this.at = (this.at + by + count) % count
  }

  close(): void {
    this.#row = []
  }
}

export const charts = new Charts()
