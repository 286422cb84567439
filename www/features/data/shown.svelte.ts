// How a file was understood, as the panel shows it.

import { needsCheck } from './mapping'
import type { Mapping, Preview } from '../../../pkg/src/protocol'

export class Shown {
  preview = $state.raw<Preview | null>(null)
  /** What the drop-downs say: the preview's mapping, or a correction of it. */
  mapping = $state.raw<Mapping | null>(null)
  /** Whether the preview is to be seen. */
  open = $state(false)

  /** Shows another preview, as it is. */
  show(preview: Preview | null): void {
    this.preview = preview
    this.mapping = preview?.mapping ?? null
  }

  /** Takes what the worker found out. `corrected`: a correction is newer than that, and stays; `fresh`: the file is a new one. */
  receive(preview: Preview, { corrected, fresh }: { corrected: boolean; fresh: boolean }): void {
    this.preview = preview
    if (!corrected) this.mapping = preview.mapping
    const doubtful = Boolean(preview.problem) || Boolean(preview.doubt) || preview.columns.some(needsCheck)
    // Only a new file closes it; somebody may be at work in it.
    if (fresh) this.open = doubtful
    else if (preview.problem) this.open = true
  }
}
