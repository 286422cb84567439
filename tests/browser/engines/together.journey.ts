// What only several engines can show: that they agree. And the table of their versions, for whoever asks which browsers are tested.

import { readFileSync, writeFileSync } from 'node:fs'

import { expect, test } from '@playwright/test'

import { BUILT } from '../page'
import { ENGINES } from './driver'
import { notes } from './together'

test('all engines come to the same numbers, to the last digit', () => {
  const curves = [...notes()].map(([engine, { ndcg }]) => ({ engine, ndcg }))
  for (const { engine, ndcg } of curves) expect(ndcg, engine).toEqual(curves[0]?.ndcg)
})

/** The version alone, without the engine's name. */
const short = (version: string) => version.replace(/^.*[ /]/, '')

test('each engine compiled each module that was built', () => {
  const names = new Set([...notes().values()].flatMap(({ compile }) => Object.keys(compile)))
  expect([...names].sort()).toEqual([...BUILT].sort())
  // `cargo xtask sizes` prints them beside the sizes.
  for (const [engine, { version, compile }] of notes()) {
    for (const [name, seconds] of Object.entries(compile))
      console.log(`${engine} ${short(version)}: ${name} compiled in ${seconds.toFixed(2)} s`)
  }
})

/** Ends of the table in the document. */
const [BEGIN, END] = ['<!-- versions: written by `cargo xtask test engines` -->', '<!-- end of versions -->']

test('the document names the versions of this run', () => {
  const path = process.env.BROWSERS_DOCUMENT
  test.skip(!path || notes().size < ENGINES.length, 'written by a run of all engines under xtask')
  if (!path) return
  const document = readFileSync(path, 'utf8')
  const [before, rest = ''] = document.split(BEGIN)
  const after = rest.split(END)[1]
  expect(after, 'the document has a place for the table').toBeDefined()
  const words = { webkit: "WebKitGTK (Safari's engine)", firefox: 'Firefox', chromium: 'Chromium (Chrome, Edge)' }
  const rows = [...notes()].map(([engine, { version }]) => `| ${words[engine]} | ${short(version)} |`)
  const table = ['| engine | version |', '|---|---|', ...rows].join('\n')
  const written = `${before}${BEGIN}\n\n${table}\n\n${END}${after}`
  if (written !== document) writeFileSync(path, written)
})
