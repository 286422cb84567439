// The catalogues: whole in every language, and the page's choice among them.

import { afterEach, describe, expect, test } from 'vitest'

import { bytes, count, decimal, duration, percent } from '../format'
import { CATALOGUES, setLanguage, text } from './index'
import { nearest, pick, withLanguage } from './language.svelte'

type Leaf = string | ((...all: unknown[]) => string)

/** Every word by its path; lists count as words of their own. */
function leaves(area: object, path = ''): [string, Leaf][] {
  return Object.entries(area).flatMap(([key, value]: [string, unknown]): [string, Leaf][] => {
    const here = path ? `${path}.${key}` : key
    return typeof value === 'object' && value !== null ? leaves(value, here) : [[here, value as Leaf]]
  })
}

/** What people read; functions get numbers that are no plural, or texts where they want such. */
function read(leaf: Leaf): string {
  if (typeof leaf === 'string') return leaf
  for (const sample of [7, '7']) {
    try {
      const words = leaf(...Array.from({ length: leaf.length }, () => sample))
      if (typeof words === 'string') return words
    } catch {
      // It wants the other kind.
    }
  }
  throw new Error('takes neither numbers nor texts')
}

const english = leaves(CATALOGUES.en)
const chinese = new Map(leaves(CATALOGUES['zh-Hant']))

/** Names, units and signs, which have no Chinese letters. */
const WITHOUT_HAN =
  /^(title|comma|labelled|device\.gpu|data\.lengths\.bin|config\.quoted|preview\.(quoted|entrySize|column|layouts\.(json|parquet)|separators\.(pipe|double_colon))|notes\.event|cores\.because\.(all|gpu)|filter\.steps\.(took|repeats\.keep)|config\.units\.nats|(validation|runs|card)\.metric(s|Names)\..*|classRuns\.(none|of|at|measureNames\.(ndcg_.*|recall_.*|mrr))|posterior\.(of|none)|privacyPanel\.(by\.(worker|serviceWorker)|trial\.ways\.(fetch|beacon|socket))|mapSieve\.(keep\.take|tally\.(recall|ndcg))|mapTools\.(projections\..*|progress|clusterCard\.term)|charts\.(of|shares\.between|epochs\.spectrum\.(least|most)|groups\.(nobody|recall\.label))|runs\.cite\.parts\.bibtex|lessons\.(waits\.(read|answered)|said\.(information|alignment|ndcg)|runs\.small)|about\.(plus|signs\..*|parts\.(kl\.name|(history|encoder|posterior|decoder|next|contrast)\.source|(history|second|posterior|sampling|next|kl|contrast|reconstruction)\.(sign|secondSign)))|compare\.(y|verdicts\.of|columns\.(kl|ndcg_20|recall_[24]0)))$/
const HAN = /\p{Script=Han}/u

describe('the two catalogues', () => {
  test('have the same words to say', () => {
    expect([...chinese.keys()].sort()).toEqual(english.map(([path]) => path).sort())
    expect(english.length).toBeGreaterThan(300)
  })

  test('say them each in its own language', () => {
    const chineseOnes = [...chinese].filter(([, leaf]) => HAN.test(read(leaf))).map(([path]) => path)
    expect(chineseOnes).toEqual([...chinese.keys()].filter((path) => !WITHOUT_HAN.test(path)))
    expect(english.filter(([, leaf]) => HAN.test(read(leaf))).map(([path]) => path)).toEqual([])
  })
})

describe('the language', () => {
  afterEach(() => setLanguage('en'))

  test('is that of the address, then of an earlier choice, then of the browser', () => {
    expect(pick('?lang=zh-Hant', 'en', ['en-GB'])).toBe('zh-Hant')
    expect(pick('?device=cpu', 'zh-Hant', ['en'])).toBe('zh-Hant')
    expect(pick('', null, ['de-DE', 'zh-TW', 'en'])).toBe('zh-Hant')
    expect(pick('?lang=klingon', 'nonsense', ['fr'])).toBe('en')
    expect([nearest('ZH_hk'), nearest('en-US'), nearest('zht'), nearest(null)]).toEqual(['zh-Hant', 'en', undefined, undefined])
  })

  test('is changed in an address that names one, and in no other', () => {
    expect(withLanguage(new URL('https://a.example/x/?lang=en&device=cpu#seed=1'), 'zh-Hant').href).toBe(
      'https://a.example/x/?lang=zh-Hant&device=cpu#seed=1',
    )
    expect(withLanguage(new URL('https://a.example/x/#seed=1'), 'zh-Hant').href).toBe('https://a.example/x/#seed=1')
  })

  test('reaches words that were looked up before, and numbers', () => {
    const words = text.run
    const states = text.run.states
    expect([words.start, states.running, text.data.formatList.length]).toEqual(['Start training', 'Learning', 7])
    setLanguage('zh-Hant')
    expect([words.start, states.running, text.data.formatList[2]]).toEqual([
      '開始訓練',
      '訓練中',
      'JSON：物件的清單，或每行一個物件（JSON Lines）。',
    ])
    expect({ ...text.config.units }).toEqual(CATALOGUES['zh-Hant'].config.units)
    expect(Object.entries(text.config.groups)[0]).toEqual(['model', '網路'])
    expect([duration(61), percent(0.5), count(1234567), decimal(0.12345, 2), bytes(12)]).toEqual([
      '1 分 01 秒',
      '50 %',
      '1,234,567',
      '0.12',
      '12 B',
    ])
  })
})
