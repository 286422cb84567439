// The run as a file: taken away, and opened again.

import type { Session } from '../../pkg/src/session'
import { fileName, saveFile } from './checkpoint'
import type { Restored } from './run.svelte'
import { text } from './text'

interface Surroundings {
  session: Session
  /** Resolves when nothing is being loaded any more. */
  settled: () => Promise<void>
  /** A run came out of a checkpoint. */
  restored: () => void
  over: () => boolean
}

export class Checkpoints {
  /** What became of the one that was saved or opened last. */
  status = $state('')

  constructor(private readonly around: Surroundings) {}

  /** The run as it stands, as a zip archive. */
  async make(): Promise<{ name: string; bytes: Uint8Array }> {
    const { data, epoch, bytes } = await this.around.session.request({ command: 'checkpoint' })
    return { name: fileName(data, epoch), bytes }
  }

  /** Puts the run of a checkpoint in the place of the present one, on hold; `name` is what people call it. */
  async restore(bytes: Uint8Array, name: string = text.checkpoint.heading): Promise<void> {
    const { session } = this.around
    await this.around.settled()
    let restored: Restored | undefined
    const leave = session.subscribe((event) => {
      if (event.event === 'restored') restored = event
    })
    try {
      await session.request({ command: 'restore', bytes })
    } finally {
      leave()
    }
    if (!restored) return
    this.around.restored()
    const { weights_of, epoch, step } = restored
    const words = text.checkpoint
    if (weights_of != null) this.status = words.weights(name, weights_of)
    else this.status = this.around.over() ? words.over(name, epoch) : words.opened(name, step)
  }

  /** Hands the run to the visitor as a file. */
  async save(): Promise<void> {
    await this.#saying(text.checkpoint.saving, async () => {
      const { name, bytes } = await this.make()
      saveFile(name, bytes)
      this.status = text.checkpoint.saved(name, bytes.length)
    })
  }

  async open(file: File): Promise<void> {
    await this.#saying(text.checkpoint.opening(file.name), async () => {
      await this.restore(new Uint8Array(await file.arrayBuffer()), file.name)
    })
  }

  /** Says what is being done; what goes wrong leaves nothing of it behind. */
  async #saying(doing: string, action: () => Promise<void>): Promise<void> {
    this.status = doing
    try {
      await action()
    } finally {
      if (this.status === doing) this.status = ''
    }
  }
}
