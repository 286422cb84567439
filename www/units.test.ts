// The page's plain functions; what needs a browser is tested in one, under tests/browser/.

import { describe, expect, test } from 'vitest'

import { fileName } from './checkpoint'
import { type Choices, toOptions, USUAL, withOptions } from './choices'
import { adapterName } from './device'
import { bytes, duration, percent, significant } from './format'
import { bestPoint, LossHistory } from './history'
import { type KeptRun, pack, unpack } from './keep/packed'
import { readList } from './local-data'
import { byGenre, byPopularity, leadingGenres } from './map/colours'
import { neighbour } from './map/neighbour'
import { path, spectrum, withLook } from './looks'
import { missingRoles, needsCheck, withLayout, withRole } from './mapping'
import { Pace } from './pace'
import { sortedKl } from './posterior'
import { purposeOf } from './privacy.svelte'
import type { Config, LatentReport, Mapping, Metrics } from './protocol'
import { flatten, fromHash, nearestPreset, toHash, unflatten } from './settings'
import { Titles } from './titles'

const CONFIG = {
  seed: 42,
  model: { hidden_size: 32, hidden_dropout: 0.2 },
  view: { mode: 'model' },
} as Config

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

describe('the address', () => {
  const defaults = flatten(CONFIG)

  test('is empty for the defaults', () => {
    expect(toHash(defaults, defaults, USUAL)).toBe('')
  })

  test('holds what differs and gives it back', () => {
    const values = { ...defaults, seed: 7, 'model.hidden_dropout': 1e-7, 'view.mode': 'avae' }
    const choices: Choices = { ...USUAL, min_item: 3, from: '2024-01-31', rule: 'time_cut', test_percent: 20 }
    const hash = toHash(values, defaults, choices)
    expect(hash).toBe(
      '#v=1&seed=7&model.hidden_dropout=1e-7&view.mode=avae&filter.from=2024-01-31&filter.min_item=3&split.rule=time_cut&split.test_percent=20',
    )
    expect(fromHash(hash, defaults)).toMatchObject({ values, choices, unknown: [], otherVersion: false })
    expect(unflatten(CONFIG, values).model?.hidden_dropout).toBe(1e-7)
    expect(CONFIG.seed).toBe(42)
  })

  test('names a preset and what differs from it', () => {
    const avae = { ...defaults, 'view.mode': 'avae' }
    const presets = { default: defaults, avae }
    const hash = toHash({ ...avae, seed: 7 }, avae, USUAL, {}, 'avae')
    expect(hash).toBe('#v=2&preset=avae&seed=7')
    expect(fromHash(hash, defaults, presets)).toMatchObject({
      preset: 'avae',
      defaults: avae,
      values: { ...avae, seed: 7 },
      otherVersion: false,
    })
    expect(toHash(avae, avae, USUAL, {}, 'avae')).toBe('#v=2&preset=avae')
    const stranger = fromHash('#v=2&preset=vae&seed=7', defaults, presets)
    expect(stranger).toMatchObject({ preset: 'default', values: { ...defaults, seed: 7 }, unknown: ['preset=vae'] })
    const named = Object.entries(presets).map(([name, values]) => ({ name, values }))
    expect(nearestPreset({ ...avae, seed: 7 }, named)?.name).toBe('avae')
    expect(nearestPreset(defaults, named)?.name).toBe('default')
  })

  test('leaves out what it does not know, by name', () => {
    const found = fromHash('#v=9&model.wings=2&seed=many&k_core=0&split.rule=by_moon&filter.min_user=&model.hidden_size=8', defaults)
    expect(found.unknown).toEqual(['model.wings', 'seed', 'k_core', 'split.rule', 'filter.min_user'])
    expect(found.choices).toEqual(USUAL)
    expect(found.values).toEqual({ ...defaults, 'model.hidden_size': 8 })
    expect(found.otherVersion).toBe(true)
  })
})

test('an earlier address has one minimum for both', () => {
  expect(fromHash('#v=1&k_core=3', {}).choices).toEqual({ ...USUAL, min_user: 3, min_item: 3 })
})

describe('the choices about a log', () => {
  test('become options; what is usual depends on what is loaded', () => {
    expect(toOptions(USUAL, 'file')).toEqual({ filter: { repeats: 'keep', min_user: 5, min_item: 5 }, split: { rule: 'leave_one_out' } })
    expect(toOptions({ ...USUAL, min_item: 2, to: ' 2024-01-31 ', rule: 'time_cut' }, 'example')).toEqual({
      filter: { repeats: 'keep', min_user: 1, min_item: 2, to: '2024-01-31' },
      split: { rule: 'time_cut', valid_percent: 10, test_percent: 10 },
    })
  })

  test('take over what a script gives', () => {
    const choices = { ...USUAL, min_rating: 3 }
    expect(withOptions(choices, {})).toEqual(choices)
    expect(withOptions(choices, { filter: { min_user: 2 } })).toEqual({ ...USUAL, min_user: 2 })
    expect(withOptions(choices, { split: { rule: 'time_cut', valid_percent: 5, test_percent: 6 } })).toEqual({
      ...choices,
      rule: 'time_cut',
      valid_percent: 5,
      test_percent: 6,
    })
  })
})

describe('corrections of how a file is understood', () => {
  const mapping: Mapping = {
    layout: 'delimited',
    separator: 'comma',
    header: true,
    roles: ['user', 'item', 'time', 'ignored'],
    time: 'seconds',
  }

  test('move a role from one column to another', () => {
    expect(withRole(mapping, 3, 'item')).toEqual({ ...mapping, roles: ['user', 'ignored', 'time', 'item'] })
    expect(missingRoles(withRole(mapping, 0, 'item'))).toEqual(['user'])
    expect(missingRoles(mapping)).toEqual([])
  })

  test('find out the times anew where another column has them', () => {
    expect(withRole(mapping, 3, 'time')).toEqual({ ...mapping, roles: ['user', 'item', 'ignored', 'time'], time: undefined })
  })

  test('find out the columns anew where the layout changes', () => {
    expect(withLayout(mapping, { separator: 'tab' })).toEqual({ ...mapping, separator: 'tab', roles: [], time: undefined })
    expect(missingRoles(withLayout(mapping, { header: false }))).toEqual([])
  })

  test('are asked for where the guess is weak', () => {
    const column = { name: 'a', role: 'item' as const, confidence: Math.fround(0.7) }
    expect(needsCheck(column)).toBe(false)
    expect(needsCheck({ ...column, confidence: 0.6 })).toBe(true)
    expect(needsCheck({ ...column, confidence: 0.6, role: 'ignored' })).toBe(false)
  })
})

test('the pace is that of the last moments', () => {
  const pace = new Pace()
  pace.add(0, 0)
  pace.add(100, 10)
  expect(pace.rate()).toBeNull()
  for (let at = 500; at <= 10_000; at += 500) pace.add(at, at < 5000 ? at : 5000 + (at - 5000) * 3)
  expect(pace.rate()).toBeCloseTo(3000)
})

test('only data sets of the own origin are offered', () => {
  const set = { name: 'A', files: ['data/a.csv'], licence: 'Free.', note: '' }
  const page = 'https://example.org/lab/'
  expect(readList([set, { ...set, files: ['https://elsewhere.org/a.csv'] }, { files: ['b'] }, null, { ...set, files: [] }], page)).toEqual([
    set,
  ])
  expect(readList({}, page)).toEqual([])
})

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

describe('the looks', () => {
  const report = (kl_per_dim: number[], alignment: number | null = 1) =>
    ({ last: { kl_per_dim }, views: { alignment, view_uniformity: alignment && -alignment } }) as LatentReport

  test('stay bounded, and the latest one is there', () => {
    let looks = withLook([], { epoch: 1, report: report([1]) })
    for (let epoch = 2; epoch <= 1000; epoch++) looks = withLook(looks, { epoch, report: report([epoch]) })
    expect(looks.length).toBeLessThanOrEqual(241)
    expect(looks.length).toBeGreaterThan(100)
    expect(looks[looks.length - 1]?.epoch).toBe(1000)
    expect(looks.map(({ epoch }) => epoch)).toEqual([...looks.map(({ epoch }) => epoch)].sort((a, b) => a - b))
    // A checkpoint that was opened brings a look at an epoch that is there already.
    expect(withLook(looks, { epoch: 1000, report: report([7]) })).toHaveLength(looks.length)
  })

  test('make a spectrum in the order of the latest one, and a path where there are two views', () => {
    const looks = [
      { epoch: 1, report: report([3, 1, 2]) },
      { epoch: 2, report: report([0, 4, 1], null) },
    ]
    const found = spectrum(looks)
    expect(found.dimensions).toEqual([1, 2, 0])
    expect(found.kl).toEqual([
      [1, 4],
      [2, 1],
      [3, 0],
    ])
    expect([found.epochs, found.most]).toEqual([[1, 2], 4])
    expect(path(looks)).toEqual([{ epoch: 1, alignment: 1, uniformity: -1 }])
    expect(spectrum([])).toEqual({ dimensions: [], epochs: [], kl: [], most: 0 })
  })
})

describe('titles', () => {
  const titles = new Titles(['Amélie', 'The Salt Harbour', 'Salt', 'A Salt Road'], Uint32Array.of(1, 9, 2, 5))

  test('are found by words, without accents, beginnings first, then by popularity', () => {
    expect(titles.search('amelie', 5)).toEqual([0])
    expect(titles.search('salt', 5)).toEqual([2, 1, 3])
    expect(titles.search('road a', 5)).toEqual([3])
    expect(titles.search('', 2)).toEqual([1, 3])
  })
})

describe('the colours of the map', () => {
  test('go to the genres with most items, the rest share one', () => {
    const genreOfItem = Int32Array.from([0, ...Array.from({ length: 9 }, (_, i) => [i + 1, i + 1]).flat()])
    const leading = leadingGenres(genreOfItem, 10)
    expect(leading).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const names = Array.from({ length: 10 }, (_, i) => `g${i}`)
    const { category, legend, colours } = byGenre(Int32Array.of(1, 8, 0, -1), leading, names, false)
    expect([...category]).toEqual([0, 7, 8, 9])
    expect(legend.map((entry) => entry.label)).toEqual(['g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7', 'g8', '2 other genres', 'Unknown'])
    expect(new Set(colours.slice(0, 8)).size).toBe(8)
  })

  test('span the popularity', () => {
    const { category, colours, scale } = byPopularity(Float32Array.of(1, 10, 100), true)
    expect([...category]).toEqual([0, colours.length / 2, colours.length - 1])
    expect(scale).toEqual({ least: 1, most: 100 })
  })
})

test('arrow keys go to the dot that lies in their direction', () => {
  const dots = { x: Float32Array.of(0, 0.5, 0.4, -1), y: Float32Array.of(0, 0, 0.6, 0), category: new Uint8Array(4) }
  expect(neighbour(dots, null, [1, 0])).toBe(0)
  expect(neighbour(dots, 0, [1, 0])).toBe(1)
  expect(neighbour(dots, 0, [0, 1])).toBe(2)
  expect(neighbour(dots, 0, [0, -1])).toBe(0)
})

test('adapters are named for people', () => {
  const name = (vendor: string, architecture: string, description = '') => adapterName({ vendor, architecture, description })
  expect(name('nvidia', 'ampere')).toBe('NVIDIA Ampere')
  expect(name('google', 'swiftshader')).toBe('Google SwiftShader')
  expect(name('intel', 'gen-12lp', 'Intel(R) Iris(R) Xe Graphics')).toBe('Intel(R) Iris(R) Xe Graphics')
  expect(name('', '')).toBe('')
})

test('numbers read well', () => {
  expect([0, 9, 61, 3700].map(duration)).toEqual(['0 s', '9 s', '1 min 01 s', '1 h 01 min'])
  expect([12, 2945101, 11.71e9].map(bytes)).toEqual(['12 B', '2.9 MB', '11.7 GB'])
  expect([0.0419, 0.5, 0].map(percent)).toEqual(['4.2 %', '50 %', '0 %'])
  expect([1234.5, 123.4, 1.234, 0.01234, 0].map(significant)).toEqual(['1,235', '123.4', '1.23', '0.0123', '0.0000'])
})

describe('a checkpoint', () => {
  test('has a name that every file system takes', () => {
    expect(fileName('Example bookshop', 3)).toBe('contrastvae-example-bookshop-epoch3.zip')
    expect(fileName('u.data', 12)).toBe('contrastvae-u-epoch12.zip')
    expect(fileName('Bücher: 2024/05 (neu).csv', 0)).toBe('contrastvae-bucher-2024-05-neu-epoch0.zip')
    expect(fileName('…', 1)).toBe('contrastvae-run-epoch1.zip')
    expect(fileName('x'.repeat(300), 1)).toBe(`contrastvae-${'x'.repeat(40)}-epoch1.zip`)
  })
})

describe('the posterior', () => {
  test('shows dimensions by their KL and knows which are active', () => {
    expect(sortedKl({ kl_per_dim: [0.1, 2, 0.5], variance_of_means: [0.00999, 1, 0.01] })).toEqual([
      { dimension: 2, kl: 2, active: true },
      { dimension: 3, kl: 0.5, active: true },
      { dimension: 1, kl: 0.1, active: false },
    ])
  })
})

test('requests are named by what they are for, under any path', () => {
  const page = 'https://a.example/lab/?lang=en#seed=1'
  const purpose = (path: string) => purposeOf(new URL(path, page).href, page)
  expect(['./', 'index.html?x', 'assets/index-abc.js', 'assets/worker-abc.js', 'assets/contrastvae-abc.js'].map(purpose)).toEqual([
    'document',
    'document',
    'script',
    'worker',
    'modelCode',
  ])
  expect(['assets/m.wasm', 'local-data.json', 'data/ml/u.data', 'service-worker.js', 'icons/icon.svg', '../x'].map(purpose)).toEqual([
    'modelCode',
    'dataSets',
    'dataSet',
    'offline',
    'install',
    'other',
  ])
  expect(purpose('https://elsewhere.example/lab/index.html')).toBe('other')
})
