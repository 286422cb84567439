// A warning about a log in the language of the page.

import type { Warning } from '../../pkg/src/protocol'
import type { Words } from './text'

/** The sentence for a warning. */
export function warningWords(words: Words['notes'], warning: Warning): string {
  // Each code has the words for its own numbers, which the compiler cannot follow through the table.
  const say = words.warnings[warning.code] as (warning: Warning) => string
  return say(warning)
}
