// The parts of the page that one can go to.
//
// In: each panel, while it is there. Out: their names in the order in which they stand, and the way to one. The address is not used
// for that, since what stands after its "#" is the settings.

import { untrack } from 'svelte'

import { theme } from './theme.svelte'

export interface Part {
  id: string
  /** In the language of the page. */
  readonly name: string
}

class Parts {
  list = $state.raw<readonly Part[]>([])

  /** Adds a part; what it answers takes it away. */
  add(part: Part): () => void {
    // Who adds in an effect does not wait for the others.
    return untrack(() => this.#add(part))
  }

  #add(part: Part): () => void {
    const place = (one: Part) => document.getElementById(one.id)
    this.list = [...this.list, part].sort((one, other) => {
      const [a, b] = [place(one), place(other)]
      return a && b && a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_PRECEDING ? 1 : -1
    })
    return () => (this.list = this.list.filter((one) => one !== part))
  }
}

export const parts = new Parts()

/** Brings a part into sight, and the keyboard and the screen reader with it. */
export function goTo(id: string): void {
  const part = document.getElementById(id)
  if (!part) return
  part.scrollIntoView({ behavior: theme.calm ? 'auto' : 'smooth', block: 'start' })
  const target = document.getElementById(`${id}-heading`) ?? part
  if (!target.hasAttribute('tabindex')) target.tabIndex = -1
  target.focus({ preventScroll: true })
}
