// States of reading a log, as the data panel shows them.

import type { Counts } from '../../../pkg/src/protocol'

/** Bytes that come in. */
export interface Loading {
  name: string
  stage: 'fetching' | 'reading'
  done: number
  total: number
  /** Bytes a second; null while that cannot be told. */
  rate: number | null
}

/** Where on the page a wish was made, and where its outcome is told. */
export type Where = 'mapping' | 'choices'

/** What the last change did to the data. `before` is null where nothing could be read before. */
export interface Effect {
  where: Where
  before: Counts | null
  after: Counts
}
