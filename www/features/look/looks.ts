// What the latent space looked like after each epoch, in a form that charts can draw.
//
// In: the diagnosis of each epoch. Out: the looks, their number bounded, and what is drawn of them. When the store is full every
// other look is let go, so that a long run neither fills the memory nor slows the drawing; the latest one is always there.

import type { LatentReport } from '../../../pkg/src/protocol'

/** What the latent space looked like after an epoch. */
export interface Look {
  epoch: number
  report: LatentReport
}

const MOST_LOOKS = 240

/** `looks` with one more; one of the same epoch is replaced. */
export function withLook(looks: readonly Look[], look: Look): Look[] {
  const earlier = looks.filter(({ epoch }) => epoch !== look.epoch)
  const kept = earlier.length < MOST_LOOKS ? earlier : earlier.filter((_, at) => at % 2 === 0)
  return [...kept, look]
}

/** One value of each look. */
export const series = (looks: readonly Look[], of: (report: LatentReport) => number | null | undefined): (number | null)[] =>
  looks.map(({ report }) => of(report) ?? null)

/** A place in the plane of alignment and uniformity. */
export interface Place {
  epoch: number
  alignment: number
  uniformity: number
}

/** The way through that plane; nothing where there is one view. */
export const path = (looks: readonly Look[]): Place[] =>
  looks.flatMap(({ epoch, report: { views } }) =>
    views.alignment == null || views.view_uniformity == null
      ? []
      : [{ epoch, alignment: views.alignment, uniformity: views.view_uniformity }],
  )

/** The KL of each dimension after each epoch: rows in the order of the latest look, the largest first. */
export interface Spectrum {
  /** Which dimension a row is, counted from 0. */
  dimensions: number[]
  epochs: number[]
  /** By row, then by epoch; nats. */
  kl: number[][]
  most: number
}

export function spectrum(looks: readonly Look[]): Spectrum {
  const latest = looks[looks.length - 1]?.report.last.kl_per_dim ?? []
  const dimensions = latest.map((_, at) => at).sort((a, b) => (latest[b] ?? 0) - (latest[a] ?? 0))
  const kl = dimensions.map((dimension) => looks.map(({ report }) => report.last.kl_per_dim[dimension] ?? 0))
  return {
    dimensions,
    epochs: looks.map(({ epoch }) => epoch),
    kl,
    most: Math.max(0, ...kl.map((row) => Math.max(0, ...row))),
  }
}
