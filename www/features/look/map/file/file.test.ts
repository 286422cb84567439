// A saved map: what goes in comes out, and nothing in a title reaches the document as markup.

import { createHash } from 'node:crypto'

import { hash, script } from 'virtual:contrastvae-map-viewer'
import { describe, expect, test } from 'vitest'

import type { ColourFacts } from '../colouring'
import type { Quality } from '../quality'
import { mapFileOf, type Saved, savedMap } from './compose'
import { DATA, floats, integers, type MapFile, packed, small } from './data'
import { Finder } from './find'

const EVIL = [
  '</script><script>alert(1)</script>',
  '<!--<script>',
  '"><img src=x onerror=alert(2)>',
  "'); alert(3); //",
  '\u2028 & \u2029 &lt;b&gt; ]]> 片名',
]

const colours: ColourFacts = { by: 'genre', genres: ['<i>Drama</i>', 'Comedy'], leading: [0, 1], values: null, clusters: null }

function saved(changes: Partial<Saved> = {}): Saved {
  const dots = EVIL.length
  const points = Float32Array.from({ length: 2 * dots }, (_, i) => Math.sin(i))
  return {
    language: 'zh-Hant',
    dark: false,
    name: '</title><script>alert(4)</script>.csv',
    shown: {
      ...{ what: 'items', epoch: 2, step: 64, projection: 'pca', explained: [0.5, 0.25], plane: null, points },
      indices: Uint32Array.from({ length: dots }, (_, i) => i),
      genre: Int32Array.of(0, 1, -1, 0, 1),
      popularity: Float32Array.of(1, 2, 3, 4, 5),
      frequency: new Int32Array(dots),
    },
    dots: { x: points.filter((_, i) => i % 2 === 0), y: points.filter((_, i) => i % 2 === 1), category: new Uint8Array(dots) },
    colours,
    contours: [],
    names: [{ label: '1 <b>', at: [0, 0] }],
    titles: EVIL,
    ids: EVIL.map((_, i) => `"><${i}`),
    layout: null,
    whole: dots,
    total: 12,
    ...changes,
  }
}

describe('a saved map', () => {
  const document = savedMap(saved())
  const between = (text: string, opening: string, closing: string) => text.split(opening)[1]?.split(closing)[0] ?? ''
  const file = JSON.parse(between(document, `id="${DATA}">`, '</script>')) as MapFile

  test('gives its names back, and holds none of their signs as markup', () => {
    expect(file.titles).toEqual(EVIL)
    expect(file.ids?.[1]).toBe('"><1')
    expect(file.genres).toEqual(colours.genres)
    // The data, the viewer and nothing else.
    expect(document.match(/<script/g)).toHaveLength(2 + (script.match(/<script/g)?.length ?? 0))
    expect(document.match(/<img/g)).toBeNull()
    expect(between(document, '<title>', '</title>')).toContain('&lt;/title&gt;&lt;script&gt;')
  })

  test('allows its own script by its hash and nothing else', () => {
    expect(hash).toBe(`sha256-${createHash('sha256').update(script).digest('base64')}`)
    expect(document).toContain(`<script>${script}</script>`)
    expect(document).toContain(`default-src 'none'; script-src '${hash}';`)
    expect(script).not.toContain('</script')
    expect(script).not.toContain('<!--')
  })

  test('is small: viewer, style and an empty map', () => {
    const none = new Float32Array()
    const dots = { x: none, y: none, category: new Uint8Array() }
    expect(savedMap(saved({ dots, titles: [], ids: null })).length).toBeLessThan(36_000)
  })

  test('speaks both languages, whichever the page spoke', () => {
    expect(file.language).toBe('zh-Hant')
    expect(file.caption.en).toContain('items after step 64, epoch 2; principal components with 50 % and 25 % of the variance')
    expect(file.caption['zh-Hant']).toContain('第 2 輪、第 64 步之後的項目')
    expect(file.legend.map(({ said }) => said)).toEqual([
      { en: '<i>Drama</i>', 'zh-Hant': '<i>Drama</i>' },
      { en: 'Comedy', 'zh-Hant': 'Comedy' },
      { en: 'Unknown', 'zh-Hant': '未知' },
    ])
    expect(file.notes.map(({ en }) => en).join(' ')).toContain('5 of 12 items')
    expect(file.colours.light).not.toEqual(file.colours.dark)
  })

  test('says how dots were placed, and how far they can be trusted', () => {
    const [laid, placed] = [0.9, 0.8].map((trust) => ({ trust, kept: 0.5, rows: 5 })) as [Quality, Quality]
    const layout = { landmarks: 3, step: 64, trust: { laid, placed } }
    const notes = (step: number) =>
      mapFileOf(saved({ layout: { ...layout, step } }))
        .notes.map(({ en }) => en)
        .join(' ')
    expect(notes(64)).toContain('3 of the 5 dots are laid out as landmarks')
    expect(notes(64)).toContain('Of the dots placed it is 50 %, trustworthiness 0.800.')
    expect(notes(32)).toContain('landmarks after step 32; the dots are those after step 64')
  })

  test('tells the scale of a number, and which dots have none', () => {
    const values = Float32Array.of(1, NaN, 2, 3, 4)
    const told = mapFileOf(saved({ colours: { ...colours, by: 'kl', values } }))
    expect(told.scale).toMatchObject({ least: '1', most: '4', steps: 6, said: { en: 'nats of KL to the prior' } })
    expect([...floats(told.value?.of ?? '')]).toEqual([1, NaN, 2, 3, 4])
    expect([...small(told.category)]).toEqual([0, 6, 2, 4, 5])
    expect(told.colours.light).toHaveLength(7)
  })
})

test('numbers come back as they were', () => {
  const values = Float32Array.from({ length: 70_000 }, (_, i) => Math.sin(i))
  expect(floats(packed(values))).toEqual(values)
  expect([...integers(packed(Int32Array.of(-1, 0, 2 ** 31 - 1)))]).toEqual([-1, 0, 2 ** 31 - 1])
  expect([...small(packed(Uint8Array.of(0, 255)))]).toEqual([0, 255])
})

test('dots are found by name and identifier, those that begin with the text first', () => {
  const finder = new Finder(['The Matrix', 'Matrix', 'Ｈeat', '黑天鵝'], ['u1', 'u2', 'matrix-3', 'u4'])
  expect(finder.find('matrix', 9)).toEqual({ dots: [1, 2, 0], total: 3 })
  expect(finder.find(' MATRIX ', 2)).toEqual({ dots: [1, 2], total: 3 })
  expect(finder.find('heat', 9).dots).toEqual([2])
  expect(finder.find('天鵝', 9).dots).toEqual([3])
  expect(finder.find('  ', 9)).toEqual({ dots: [], total: 0 })
})
