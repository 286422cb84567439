// A setting's value as people read it.

import { decimal } from './format'
import type { Value } from './settings'
import { text } from './text'

export const shown = (value: Value): string =>
  typeof value === 'number'
    ? Math.abs(value) < 1e-4 && value !== 0
      ? String(value)
      : decimal(value, 6)
    : (text.config.options[String(value)] ?? String(value))
