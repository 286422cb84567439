// The script before all modules: a language that is one, and a sentence where something is missing.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { expect, test } from 'vitest'

const script = readFileSync(resolve(import.meta.dirname, '../public/first.js'), 'utf8')

/** A page as far as the script looks at it. */
function page(changes: Record<string, unknown> = {}) {
  const said: string[] = []
  const window: { contrastvaeLacks?: string[] } = {}
  const navigator = { language: 'zh-TW' }
  const around = {
    window,
    navigator,
    WebAssembly,
    CSS: { supports: () => true },
    matchMedia: () => ({ matches: true }),
    Worker: class {},
    TransformStream: class {},
    structuredClone,
    document: {
      addEventListener: (_: string, ready: () => void) => ready(),
      getElementById: () => ({ appendChild: ({ textContent }: { textContent: string }) => said.push(textContent) }),
      createElement: () => ({ setAttribute: () => {} }),
    },
    ...changes,
  }
  // As a classic script, its free names are those of the page.
  new Function(...Object.keys(around), script)(...Object.values(around))
  return { said, lacks: window.contrastvaeLacks, language: (around.navigator as typeof navigator).language }
}

test('a browser that has everything hears nothing', () => {
  expect(page()).toEqual({ said: [], lacks: undefined, language: 'zh-TW' })
})

test('what is missing is named in one sentence of each language', () => {
  const validates = (allowed: (bytes: Uint8Array) => boolean) => ({ WebAssembly: { validate: allowed } })
  expect(page(validates(() => false)).lacks).toEqual(['WebAssembly 2.0'])
  expect(page({ WebAssembly: undefined }).lacks).toEqual(['WebAssembly 2.0'])
  expect(page({ matchMedia: () => ({ matches: false }) }).lacks).toEqual(['@media (width >= …)'])
  expect(page({ CSS: { supports: (what: string) => !what.includes(':has') } }).lacks).toEqual([':has()'])
  const old = page({ CSS: undefined, structuredClone: undefined })
  expect(old.lacks).toEqual([':has()', '@container', 'structuredClone'])
  expect(old.said).toHaveLength(2)
  for (const sentence of old.said) expect(sentence).toContain(':has(), @container, structuredClone')
})

test('a language tag that is none becomes one before anybody formats by it', () => {
  for (const language of ['C', 'en_US@posix', '']) expect(page({ navigator: { language } }).language).toBe('en')
})
