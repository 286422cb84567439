// Sentences of the model code in Chinese: none is forgotten, and values stand where they belong.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { describe, expect, test } from 'vitest'

import { CHINESE, chineseOf } from './sentences'

const rust = (path: string) => readFileSync(resolve(import.meta.dirname, '../../../src', path), 'utf8')

/** A template without the names of its values, which Rust may leave out; what is optional is a value there. */
const bare = (template: string) => template.replace(/\[.*?\]/g, '{}').replace(/\{[^{}]*\}/g, '{}')

/** The templates of a file's errors, those that pass on another's sentence left out. */
function templatesOf(path: string): string[] {
  const literals = [...rust(path).matchAll(/#\[error\(\s*"((?:[^"\\]|\\[\s\S])*)"/g)].map(([, literal]) =>
    (literal ?? '').replace(/\\\n\s*/g, '').replaceAll('\\"', '"'),
  )
  return literals.filter((literal) => /[a-z]/.test(bare(literal)))
}

describe('the sentences of the model code', () => {
  const known = new Set(Object.keys(CHINESE).map(bare))

  test('that a visitor can meet are all there', () => {
    const said = ['log/error.rs', 'run/config.rs', 'run/error.rs', 'run/checkpoint.rs', 'run/request.rs'].flatMap(templatesOf)
    const rules = [...rust('run/ranges.rs').matchAll(/"(objective\.\w+[^"]* (?:must|need)[^"]*\.)"/g)].map(([, rule]) => rule ?? '')
    expect(said.length).toBeGreaterThanOrEqual(55)
    expect(rules.length).toBeGreaterThanOrEqual(7)
    expect([...said, ...rules].filter((template) => !known.has(bare(template)))).toEqual([])
  })

  test('have the same values on both sides', () => {
    const values = (template: string) => [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
    for (const [english, chinese] of Object.entries(CHINESE)) expect(values(chinese), english).toEqual(values(english))
  })

  test('are said with their values, and what is unknown not at all', () => {
    expect(chineseOf('training.epochs is 0; it must be a whole number from 1 to 10,000.')).toBe(
      'training.epochs 為 0；必須是 1 到 10,000 的整數。',
    )
    expect(chineseOf('shop.csv, line 1: no column is named like the item (the columns are a, b); rename it to `item_id`.')).toBe(
      'shop.csv 第 1 行：沒有欄名像是項目（欄位有 a, b）；請把該欄改名為「item_id」。',
    )
    expect(chineseOf('a list.pdf is a PDF document; choose a log as text, such as CSV.')).toBe(
      'a list.pdf 是 PDF 文件；請選擇文字格式的紀錄，例如 CSV。',
    )
    const stopped = (where: string) =>
      `The loss became NaN at step 7${where}, so the run stopped; lower training.learning_rate, or raise objective.temperature.`
    expect(chineseOf(stopped(''))).toBe(
      'loss 在第 7 步變成 NaN，訓練因此停止；請降低 training.learning_rate，或提高 objective.temperature。',
    )
    expect(chineseOf(stopped(' (first in item.weight)'))).toContain('變成 NaN（最先出現在 item.weight），')
    expect(chineseOf('Something else happened.')).toBeUndefined()
  })
})
