// Losses at a bounded number of points.

import { describe, expect, test } from 'vitest'

import { bestPoint, LossHistory } from './history'
import type { Metrics } from './protocol'

describe('the loss history', () => {
  test('stays bounded and keeps the means', () => {
    const history = new LossHistory()
    for (let step = 1; step <= 10_000; step++) history.add(step, { total: step, reconstruction: 1, kl: 0, contrast: 2 }, step)
    const { step, total, contrast, kl_weight } = history.table()
    // The weight is that of the last step that a point stands for.
    expect(kl_weight).toEqual(step)
    expect(step.length).toBeLessThan(1200)
    expect(step.length).toBeGreaterThan(500)
    expect(step).toEqual([...step].sort((a, b) => a - b))
    expect(new Set(contrast)).toEqual(new Set([2]))
    // Each value is the mean of the steps that it stands for, the last of which is its step.
    const stride = (step[1] ?? 0) - (step[0] ?? 0)
    expect(total[1]).toBeCloseTo((step[1] ?? 0) - (stride - 1) / 2)
  })

  test('keeps the means of the shares, and knows none where one is missing', () => {
    const shares = { reconstruction: 5, kl: 1, contrast: 0.5, alpha_prior: 0 }
    const losses = { total: 6.5, reconstruction: 5, kl: 10, contrast: 2 }
    const history = new LossHistory()
    history.add(1, losses)
    for (let step = 2; step <= 1200; step++) history.add(step, { ...losses, shares: { ...shares, kl: step } }, 0.1)
    const { kl } = history.table().shares
    // Neighbours were joined once: the first with one of which nothing is known.
    expect(kl.slice(0, 3)).toEqual([null, 3.5, 5.5])
    expect(kl.length).toBe(600)
    // What an earlier version kept goes on, and its own points stay unknown.
    const { table, ...rest } = history.snapshot()
    const { shares: _, ...old } = table
    const continued = LossHistory.from({ table: old, stride: rest.stride, waiting: { ...losses, events: 0 } })
    for (const step of [1201, 1202]) continued.add(step, { ...losses, shares }, 0.1)
    expect(continued.table().shares.kl.slice(-2)).toEqual([null, 1])
  })

  test('takes the first of the best epochs', () => {
    const point = (epoch: number, ndcg_20: number) => ({
      epoch,
      metrics: { ndcg_20 } as Metrics,
      popularity: {} as Metrics,
      groups: [],
      seconds: 0,
    })
    expect(bestPoint([point(1, 0.1), point(2, 0.3), point(3, 0.3)])?.epoch).toBe(2)
    expect(bestPoint([])).toBeUndefined()
  })
})
