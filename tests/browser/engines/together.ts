// What the engines leave for each other: files beside the results of the tests.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { type Engine, ENGINES } from './driver'

export interface Note {
  /** Name and version, as the browser tells it. */
  version: string
  /** NDCG@20 of the example after each of five epochs. */
  ndcg: number[]
  /** Seconds to compile each module, all of it at once, by the module's name. */
  compile: Record<string, number>
}

const FOLDER = resolve(import.meta.dirname, '../../../target/engines')

/** Adds to what this run notes of an engine; its version begins anew. */
export function note(engine: Engine, what: Partial<Note>): void {
  mkdirSync(FOLDER, { recursive: true })
  const path = join(FOLDER, `${engine}.json`)
  const before = what.version === undefined && existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Note>) : {}
  writeFileSync(path, JSON.stringify({ ...before, ...what }))
}

/** Notes of the engines that are tested. */
export function notes(): Map<Engine, Note> {
  const tested = ENGINES.filter((engine) => (process.env.ENGINES ?? ENGINES.join()).split(',').includes(engine))
  return new Map(tested.map((engine) => [engine, JSON.parse(readFileSync(join(FOLDER, `${engine}.json`), 'utf8')) as Note]))
}
