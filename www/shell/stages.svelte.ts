// The stages of the page: which one is shown, and the way to one.
//
// In: `?stage=` of the address, the tabs, and who wants to show something. Out: the stage as a reactive value. Stages that are not shown stay
// on the page, hidden, so that nothing that was opened or typed in them is lost.

import { FIRST, isStage, type StageId, stageOf, withStage } from './stages'
import { theme } from './theme.svelte'

class Stages {
  current = $state<StageId>(typeof document === 'undefined' ? FIRST : stageOf(location.search))
  /** The settings as the address has them now; an entry of the history may hold older ones. */
  hash = (): string => location.hash
  /** How far each stage was scrolled. */
  readonly #scrolled = new Map<StageId, number>()

  constructor() {
    if (typeof document === 'undefined') return
    history.replaceState({ stage: this.current }, '')
    addEventListener('popstate', ({ state }: PopStateEvent) => {
      // Who edits the address by hand makes an entry without a state.
      if (!isStage((state as { stage?: string } | null)?.stage ?? null)) return
      // Going back changes the stage, never the settings.
      history.replaceState(state, '', location.pathname + location.search + this.hash())
      this.#show(stageOf(location.search))
    })
  }

  /** Shows a stage, with an entry in the browser's history. */
  go(stage: StageId): void {
    if (stage === this.current) return
    history.pushState({ stage }, '', withStage(new URL(location.href), stage))
    this.#show(stage)
  }

  /** Shows the stage that an element is on, unless it is shown already. */
  reveal(element: Element): void {
    const on = stagesWith(element)
    if (on[0] && !on.includes(this.current)) this.go(on[0])
  }

  #show(stage: StageId): void {
    this.#scrolled.set(this.current, scrollY)
    this.current = stage
    requestAnimationFrame(() => scrollTo({ top: this.#scrolled.get(stage) ?? 0, behavior: 'instant' }))
  }
}

export const stages = new Stages()

/** The stages that an element is on, its own one first; none if it is on all of them, such as the bars. */
export function stagesWith(element: Element): StageId[] {
  return (element.closest<HTMLElement>('[data-stages]')?.dataset['stages'] ?? '').split(' ').filter(isStage)
}

/** Brings a part of the page into sight, whatever stage or disclosure it is in, and the keyboard and the screen reader with it. */
export function goTo(id: string): void {
  const part = document.getElementById(id)
  if (!part) return
  stages.reveal(part)
  for (let around = part.parentElement; around; around = around.parentElement) {
    if (around instanceof HTMLDetailsElement) around.open = true
  }
  const target = document.getElementById(`${id}-heading`) ?? part
  const isControl = target.tabIndex >= 0
  // A control stays in the order of the keyboard.
  if (!isControl) target.tabIndex = -1
  // After the stage has been shown and scrolled to where it was; what is hidden cannot take the focus.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      // The label of a control stands above it.
      part.scrollIntoView({ behavior: theme.calm ? 'auto' : 'smooth', block: isControl ? 'center' : 'start' })
      target.focus({ preventScroll: true })
    }),
  )
}
