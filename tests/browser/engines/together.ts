// What the engines leave for each other: files beside the results of the tests.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { type Engine, ENGINES } from './driver'

export interface Note {
  /** Name and version, as the browser tells it. */
  version: string
  /** NDCG@20 of the example after each of five epochs. */
  ndcg: number[]
}

const FOLDER = resolve(import.meta.dirname, '../../../target/engines')

export function note(engine: Engine, what: Note): void {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, `${engine}.json`), JSON.stringify(what))
}

/** Notes of the engines that are tested. */
export function notes(): Map<Engine, Note> {
  const tested = ENGINES.filter((engine) => (process.env.ENGINES ?? ENGINES.join()).split(',').includes(engine))
  return new Map(tested.map((engine) => [engine, JSON.parse(readFileSync(join(FOLDER, `${engine}.json`), 'utf8')) as Note]))
}
