// A kept run as a file.

import { describe, expect, test } from 'vitest'

import { LossHistory } from '../../../pkg/src/history'
import { type KeptRun, pack, unpack } from './packed'

describe('a kept run', () => {
  const history = new LossHistory()
  history.add(1, { total: 4, reconstruction: 3, kl: 2, contrast: 1 })
  const kept: KeptRun = {
    id: 'a',
    tab: 't',
    savedAt: 1,
    source: { kind: 'example', example: { seed: 1 }, options: {} },
    data: { name: 'Buchhandlung “Ü”', users: 1, items: 2, interactions: 3 },
    epoch: 1,
    epochs: 2,
    step: 3,
    over: false,
    bytes: 4,
    losses: history.snapshot(),
    run: null,
  }

  test('comes back out of its file as it was', async () => {
    const found = await unpack(pack(kept, Uint8Array.of(1, 2, 3, 4)))
    expect(found?.kept).toEqual(kept)
    expect(new Uint8Array((await found?.archive.arrayBuffer()) ?? new ArrayBuffer())).toEqual(Uint8Array.of(1, 2, 3, 4))
    const continued = LossHistory.from(kept.losses)
    continued.add(2, { total: 6, reconstruction: 3, kl: 2, contrast: 1 })
    expect(continued.table().total).toEqual([4, 6])
    expect(history.table().total).toEqual([4])
  })

  test('is none where the file is cut short, damaged or of something else', async () => {
    const whole = pack(kept, Uint8Array.of(1, 2, 3, 4))
    for (const size of [0, 5, 12, 40, whole.size - 1]) expect(await unpack(whole.slice(0, size))).toBeNull()
    expect(await unpack(new Blob(['PK and so on, a zip archive of some kind']))).toBeNull()
  })
})
