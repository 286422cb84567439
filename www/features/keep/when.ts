// How long ago something was, in words.

import { text } from '../../shell/text'

export const sinceThen = (milliseconds: number): string => text.keep.ago(Math.max(0, (Date.now() - milliseconds) / 1000))
