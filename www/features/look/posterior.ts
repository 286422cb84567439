// The posterior's dimensions in an order that a chart can draw.

import type { PosteriorReport } from '../../../pkg/src/protocol'

/** As in `src/latent/collapse.rs`: the variance of the mean from which a dimension is active (Burda et al. 2016). */
const ACTIVE_VARIANCE = 0.01

export interface Bar {
  /** Which dimension it is, counted from 1. */
  dimension: number
  /** Nats. */
  kl: number
  active: boolean
}

/** The KL of each dimension, the largest first. */
export const sortedKl = ({ kl_per_dim, variance_of_means }: Pick<PosteriorReport, 'kl_per_dim' | 'variance_of_means'>): Bar[] =>
  kl_per_dim
    .map((kl, at) => ({ dimension: at + 1, kl, active: (variance_of_means[at] ?? 0) >= ACTIVE_VARIANCE }))
    .sort((a, b) => b.kl - a.kl)
