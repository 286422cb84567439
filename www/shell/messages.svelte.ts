// What went wrong or should be known, one sentence each, until it is dismissed or does not hold any more.

export interface Message {
  id: number
  kind: 'problem' | 'note'
  text: string
  detail: string
  /** Whether it came of something that was tried; the next thing that succeeds takes it away. */
  ofAttempt: boolean
}

const MOST = 4

export class Messages {
  list = $state.raw<readonly Message[]>([])
  #last = 0

  /** Runs an action of a button: what goes wrong becomes a message, and what went wrong before is past if it goes well. */
  async attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action()
      this.settle()
    } catch (error) {
      this.tell('problem', sentence(error), '', true)
    }
  }

  tell(kind: Message['kind'], text: string, detail = '', ofAttempt = false): void {
    const others = this.list.filter((message) => message.text !== text)
    this.list = [...others, { id: ++this.#last, kind, text, detail, ofAttempt }].slice(-MOST)
  }

  dismiss(id: number): void {
    this.list = this.list.filter((message) => message.id !== id)
  }

  /** Something went well: what failed before it is no news any more. */
  settle(): void {
    if (this.list.some(({ ofAttempt }) => ofAttempt)) this.list = this.list.filter(({ ofAttempt }) => !ofAttempt)
  }

  clear(): void {
    this.list = []
  }
}

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
