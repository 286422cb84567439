// Run files of a class: what is read, what is the same, and what is compared.

import { describe, expect, test } from 'vitest'

import type { Metrics } from '../../../pkg/src/protocol'
import { asJson, resultOf, type RunRecord, type RunResult } from '../../shell/runs.svelte'
import { ClassBench } from './class.svelte'
import { readRuns } from './class-files'
import { differingOf, groundsOf, groupsOf, measureOf, scatterOf, spreadOf } from './class-runs'
import { linesOf } from './class-look'
import { classRuns as words } from './words-class'

const metrics = (ndcg_20: number, users = 300): Metrics => ({
  users,
  recall_5: 0.1,
  recall_10: 0.2,
  recall_20: 0.3,
  recall_40: 0.4,
  ndcg_5: 0.05,
  ndcg_10: 0.08,
  ndcg_20,
  ndcg_40: 0.2,
  mrr: 0.06,
})

/** A run as the page records it: the heavier the KL, the fewer active units. */
function record(key: string, weight: number, seed: number, epochs = 3): RunRecord {
  const each = Array.from({ length: epochs }, (_, at) => at + 1)
  return {
    id: 1,
    key,
    name: 'Run 1',
    data: { name: 'ratings.csv', users: 300, items: 90, interactions: 4000 },
    device: 'CPU',
    values: { 'model.kind': 'contrastvae', 'objective.kl_weight': weight, seed, 'bag.gamma': seed },
    validation: each.map((epoch) => ({
      epoch,
      metrics: metrics(0.1 + epoch / 100 + seed / 10000),
      popularity: metrics(0.05),
      groups: [],
      seconds: 1,
    })),
    posterior: each.map((epoch) => ({
      epoch,
      active_units: weight >= 1 ? 0 : 16,
      dimensions: 16,
      kl: 4 - weight,
      mutual_information: 2,
      mutual_information_ceiling: 6,
    })),
    parameters: 1000,
    test: null,
    seconds: 10,
  }
}

const written = (...runs: RunRecord[]) =>
  asJson(
    runs.flatMap((run) => (resultOf(run) as RunResult | undefined) ?? []),
    [],
    '0.1.0',
  )
const file = (name: string, content: string) => new File([content], name)
const benchOf = async (...files: File[]) => {
  const bench = new ClassBench()
  await bench.add(files)
  return bench
}

test('what one page saves another one reads, diagnostics included', async () => {
  const { shown } = await benchOf(file('anna.json', written(record('a', 0.5, 1))))
  expect(shown.map(({ label }) => label)).toEqual(['anna'])
  const [run] = shown
  if (!run) throw new Error('no run')
  expect(run.result.epoch).toBe(3)
  expect((['ndcg_20', 'active_units', 'kl', 'mutual_information', 'test_ndcg_20'] as const).map((one) => measureOf(run, one))).toEqual([
    metrics(0.1301).ndcg_20,
    16,
    3.5,
    2,
    null,
  ])
})

describe('a file that brings nothing', () => {
  const good = JSON.parse(written(record('a', 1, 1)))
  const broken = (change: (file: typeof good) => void) => {
    const copy = structuredClone(good)
    change(copy)
    return JSON.stringify(copy)
  }
  test.each([
    ['archive', 'PK\u0003\u0004rest'],
    ['notJson', written(record('a', 1, 1)).slice(0, 200)],
    ['notJson', ''],
    ['other', '[1, 2]'],
    ['other', '{"a": 1}'],
    ['other', 'null'],
    ['comparison', '{"fingerprint": "x", "outcomes": []}'],
    ['checkpoint', '{"format": 1, "config": {}, "step": 3}'],
    ['newer', broken((file) => (file.format = 2))],
    ['empty', broken((file) => (file.runs = []))],
    ['damaged', broken((file) => (file.runs[0].validation[1].metrics.ndcg_20 = null))],
    ['damaged', broken((file) => (file.runs[0].data.users = -1))],
    ['damaged', broken((file) => (file.runs[0].values.seed = { evil: 1 }))],
    ['damaged', broken((file) => (file.runs[0] = 7))],
  ] as const)('is told as %s', (fault, content) => {
    expect(readRuns(content)).toBe(fault)
  })

  test('leaves the others, and has one sentence with its name in both languages', async () => {
    const bench = await benchOf(
      file('a.json', written(record('a', 1, 1))),
      file('cut.json', '{"runs": ['),
      file('b.json', written(record('b', 1, 2))),
    )
    expect(bench.runs).toHaveLength(2)
    expect(bench.refused).toEqual([{ file: 'cut.json', fault: 'notJson' }])
    for (const language of [words.en, words.zhHant]) {
      for (const sentence of Object.values(language.faults)) {
        expect(sentence('cut.json')).toContain('cut.json')
        expect(sentence('cut.json')).toMatch(/[.。]$/)
      }
    }
    // A file that is good takes the complaint about an earlier one away.
    await bench.add([file('c.json', written(record('c', 1, 3)))])
    expect([bench.runs.length, bench.refused]).toEqual([3, []])
  })
})

test('the same run is counted once, and as far as it came; equal numbers of two people are two runs', async () => {
  const early = record('a', 1, 1, 2)
  const late = record('a', 1, 1, 5)
  const other = record('b', 1, 1, 5)
  const bench = await benchOf(file('early.json', written(early)), file('late.json', written(late)), file('ben.json', written(other)))
  expect(bench.runs.map(({ label, result }) => [label, result.run.validation.length])).toEqual([
    ['early', 5],
    ['ben', 5],
  ])
  expect(bench.twins).toEqual([{ name: 'Run 1', file: 'late.json', first: 'early.json' }])
})

test('names come from the files, or from the runs where files are named by the page, and none is twice', async () => {
  const run = (key: string, name: string) => ({ ...record(key, 1, 1), name })
  const bench = await benchOf(
    file('王小明.json', written(run('a', 'Run 1'))),
    file('contrastvae-runs (3).json', written(run('b', 'Dora'))),
    file('contrastvae-runs.json', written(run('c', 'Dora'))),
    file('two.json', written(run('d', 'weak'), run('e', 'strong'))),
  )
  expect(bench.runs.map(({ label }) => label)).toEqual(['王小明', 'Dora', 'Dora (2)', 'two: weak', 'two: strong'])
})

test('other data is told apart by its counts, not by the name of a file', async () => {
  const renamed = record('b', 1, 2)
  renamed.data = { ...renamed.data, name: 'ratings (1).csv' }
  const filtered = record('c', 1, 3)
  filtered.data = { ...filtered.data, users: 200 }
  const bench = await benchOf(...[record('a', 1, 1), renamed, filtered].map((run) => file(`${run.key}.json`, written(run))))
  expect(groundsOf(bench.runs).map(({ users, runs }) => [users, runs])).toEqual([
    [300, 2],
    [200, 1],
  ])
  expect(bench.shown.map(({ label }) => label)).toEqual(['a', 'b'])
  bench.chosen = bench.grounds[1]?.key ?? ''
  expect(bench.shown.map(({ label }) => label)).toEqual(['c'])
})

test('a class draws the collapse: the weight of the KL against the active units', async () => {
  const weights = [2, 0.1, 1, 0.5]
  const { shown } = await benchOf(...weights.map((weight, at) => file(`s${at}.json`, written(record(`k${at}`, weight, at)))))
  // "bag.gamma" differs too, and has no effect on this model.
  expect(differingOf(shown)).toEqual(['objective.kl_weight', 'seed'])
  const { x, y, runs, categories } = scatterOf(shown, 'objective.kl_weight', 'active_units')
  expect([x, y, categories]).toEqual([[0.1, 0.5, 1, 2], [16, 16, 0, 0], null])
  expect(runs.map(({ label }) => label)).toEqual(['s1', 's3', 's2', 's0'])
  // A measure may go across, and a setting of words has a place for each.
  expect(scatterOf(shown, 'measure:kl', 'ndcg_20').x).toEqual([2, 3, 3.5, 3.9])
  expect(scatterOf(shown, 'model.kind', 'kl').categories).toEqual(['contrastvae'])
})

test('runs that differ in the seed alone are one group, with mean and spread', async () => {
  const runs = [record('a', 1, 10), record('b', 0.5, 10), record('c', 1, 20), record('d', 1, 30)]
  const { shown } = await benchOf(...runs.map((run) => file(`${run.key}.json`, written(run))))
  const groups = groupsOf(shown)
  expect(groups.map((group) => [group.values, group.runs.length])).toEqual([
    [{ 'objective.kl_weight': 1 }, 3],
    [{ 'objective.kl_weight': 0.5 }, 1],
  ])
  const spread = spreadOf((groups[0]?.runs ?? []).map((run) => measureOf(run, 'ndcg_20') ?? NaN))
  expect(spread?.mean).toBeCloseTo(0.132, 10)
  expect(spread?.deviation).toBeCloseTo(0.001, 10)
  expect([spread?.count, spread?.least, spread?.most]).toEqual(
    [3, metrics(0.131).ndcg_20, metrics(0.133).ndcg_20].map((one) => expect.closeTo(one, 10)),
  )
  expect(spreadOf([2])?.deviation).toBeNull()
  expect(spreadOf([])).toBeNull()
  // Equal settings have one colour.
  const tokens = linesOf(shown).map(({ token }) => token)
  expect(tokens[0]).toBe(tokens[2])
  expect(tokens[0]).not.toBe(tokens[1])
})

test('thirty files of a hundred epochs are read and compared in under a second', async () => {
  const files = Array.from({ length: 30 }, (_, at) => file(`s${at}.json`, written(record(`k${at}`, (at % 5) / 2, at % 3, 100))))
  const began = performance.now()
  const { shown } = await benchOf(...files)
  expect(groupsOf(shown)).toHaveLength(5)
  scatterOf(shown, 'objective.kl_weight', 'active_units')
  expect(performance.now() - began).toBeLessThan(1000)
  expect(shown).toHaveLength(30)
})
