// When latents are read for the slider of a layout, and what becomes of them.

import { describe, expect, test } from 'vitest'

import type { Lab, Vectors } from '../../../shell/lab.svelte'
import type { Job, Report } from './arrange'
import { Layouts } from './layouts.svelte'
import { sheets } from './sheets.fixture'
import { work } from './work'
import type { Works } from './works.svelte'

const ROWS = 60
const { values, dimensions } = sheets(ROWS, 8)
const indices = Uint32Array.from({ length: ROWS }, (_, row) => row)

/** A lab at a step, of 32 to an epoch, whose answers may be some steps later than its snapshots. */
function fake() {
  const none = { genre: new Int32Array(ROWS), popularity: new Float32Array(ROWS), frequency: new Int32Array(ROWS) }
  const at = (step: number) => ({ what: 'items', epoch: Math.floor(step / 32), step, indices, ...none })
  const lab = {
    state: 'running',
    hasModel: true,
    latents: new Map<string, unknown>(),
    asked: [] as number[],
    late: 0,
    step: 0,
    meanwhile: () => {},
    async vectors() {
      const own = lab.step + lab.late
      lab.asked.push(own)
      await Promise.resolve()
      lab.meanwhile()
      return { ...at(own), dimensions, total: ROWS, mean: values.map((value) => value + own / 1000) } as unknown as Vectors
    },
    go(step: number) {
      lab.step = step
      lab.latents.set('items', at(step))
    },
  }
  const run = (job: Job, hear: (report: Report) => void) => {
    let points = new Float32Array()
    work(job, (report) => {
      hear(report)
      if (report.report === 'points') points = report.points
    })
    return Promise.resolve(points)
  }
  const works = {
    present: null,
    do: async (_: unknown, action: (check: () => void) => Promise<void>) => action(() => {}),
    follow: run,
    start: (job: Job, hear: (report: Report) => void) => ({ result: run(job, hear), cancel() {} }),
  }
  return { lab, layouts: new Layouts(lab as unknown as Lab, works as unknown as Works) }
}

describe('latents of a run', () => {
  test('are read once an epoch while it goes on, and once where it ends', async () => {
    const { lab, layouts } = fake()
    lab.late = 1
    for (const step of [0, 10, 20, 32, 40, 64]) {
      lab.go(step)
      await layouts.see('items')
    }
    expect(lab.asked).toEqual([1, 33, 65])
    lab.go(70)
    await layouts.see('items')
    expect(lab.asked).toHaveLength(3)
    lab.state = 'finished'
    lab.late = 0
    await layouts.see('items')
    await layouts.see('items')
    expect(lab.asked).toEqual([1, 33, 65, 70])
  })

  test('come into a layout of any of them, in the order of their steps', async () => {
    const { lab, layouts } = fake()
    for (const step of [0, 32, 64]) {
      lab.go(step)
      await layouts.see('items')
    }
    await layouts.arrange('items', 'umap')
    lab.go(96)
    await layouts.see('items')
    const layout = layouts.of('items', 'umap')
    expect(layout?.frames.map(({ step }) => step)).toEqual([0, 32, 64, 96])
    expect([layout?.step, layout?.laid.step, layout?.vectors.step]).toEqual([96, 64, 96])
    expect(layout?.points).toHaveLength(2 * ROWS)
    // The farther from the moment of the landmarks, the farther from where they stand.
    const apart = (at: number) => {
      const [own, laid] = [layout?.frames[at]?.points, layout?.frames[2]?.points]
      return own?.reduce((sum, value, i) => sum + Math.abs(value - (laid?.[i] ?? NaN)), 0) ?? NaN
    }
    expect(apart(1)).toBeGreaterThan(0)
    expect(apart(0)).toBeGreaterThan(apart(1))
  })

  test('that come after their run is gone are dropped, and without a model none are asked for', async () => {
    const { lab, layouts } = fake()
    lab.go(0)
    lab.meanwhile = () => layouts.forget()
    await layouts.see('items')
    lab.meanwhile = () => {}
    await layouts.arrange('items', 'umap')
    expect(layouts.of('items', 'umap')?.frames).toHaveLength(1)
    lab.hasModel = false
    lab.go(32)
    await layouts.see('items')
    expect(lab.asked).toHaveLength(2)
  })
})
