// What the data is made of: files or the example, and how a person has said that they are understood.

import { type Choices, type Kind, sameChoices } from './choices'
import type { Command, Example, Mapping, ReadOptions, Summary } from '../../../pkg/src/protocol'
import type { Session } from '../../../pkg/src/session'

export interface Subject {
  kind: Kind
  name: string
  files: File[]
  example: Partial<Example>
  /** As it is sent; null where it is to be found out. */
  mapping: Mapping | null
  entry: string | null
  encoding: string | null
}

/** How a file is understood, as far as a person has said. */
export type Understood = Pick<Subject, 'mapping' | 'entry' | 'encoding'>

/** What the page around the reading of a log gives. */
export interface Surroundings {
  session: Session
  /** The numbers of what is loaded. */
  summary: () => Summary | null
  /** Whether there is a run that new data would drop. */
  hasRun: () => boolean
  /** A load begins. */
  begins: () => void
  /** The choices have changed. */
  changed: () => void
}

/** The example, of which all may be left out. */
export function ofExample(name: string, example: Partial<Example>): Subject {
  return { kind: 'example', name, files: [], example, mapping: null, entry: null, encoding: null }
}

/** Files, understood as the options say. */
export function ofFiles(files: File[], { mapping = null, entry = null, encoding = null }: ReadOptions): Subject {
  const name = files.map((file) => file.name).join(', ')
  return { kind: 'file', name, files, example: {}, mapping, entry, encoding }
}

/** The options that say how something is understood. */
export const understood = ({ mapping, entry, encoding }: Understood): ReadOptions => ({
  ...(mapping ? { mapping } : {}),
  ...(entry ? { entry } : {}),
  ...(encoding ? { encoding } : {}),
})

/** A text that is the same where the understanding is. */
export const mappingKey = ({ mapping, entry, encoding }: Understood) => JSON.stringify({ mapping, entry, encoding })

/** The command that reads something from the beginning. */
export const loadOf = ({ kind, example, files }: Subject, options: ReadOptions): Command =>
  kind === 'example'
    ? // The Rust side fills in what is left out.
      { command: 'load_example', example: example as Example, options }
    : { command: 'load_files', files, options }

/** What the data was made with: the choices, and the understanding as it was sent. */
export interface Applied {
  choices: Choices
  mapping: string
}

/** Whether what was made with `applied` is what is wanted now. */
export const isApplied = (subject: Subject, choices: Choices, applied: Applied) =>
  sameChoices(choices, applied.choices) && mappingKey(subject) === applied.mapping
