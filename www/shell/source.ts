// Where the data that is loaded came from, so that it can be loaded again.

import type { Example, ReadOptions } from '../../pkg/src/protocol'

/** What is loaded, so that it can be loaded again. */
export interface Source {
  kind: 'example' | 'file'
  example: Partial<Example>
  files: File[]
  options: ReadOptions
}
