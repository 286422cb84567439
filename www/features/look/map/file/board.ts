// The canvas of a saved map, with what lies over it: names, density, rings, the name of the dot under the pointer, and the keys.
//
// In: dots and their look. Out: which dot is pointed at and which was chosen.

import { fitting, type Name } from '../labels'
import { DIRECTIONS, neighbour, STEP_ASIDE, STEP_NEARER } from '../neighbour'
import { ScatterPlot } from '../plot'
import type { Dots, Look } from '../scatter'
import { drawing, element } from './dom'

export interface BoardEvents {
  describe(dot: number): { title: string; facts: string }
  choose(dot: number | null): void
}

export class Board {
  readonly box: HTMLElement
  readonly #plot = new ScatterPlot()
  readonly #overlay = drawing('svg', { 'aria-hidden': 'true' })
  readonly #contours = drawing('g', { class: 'contours' })
  readonly #names = drawing('g', { class: 'names' })
  readonly #ring = drawing('circle', { class: 'chosen', r: 9 })
  readonly #title = element('strong')
  readonly #facts = element('span')
  readonly #label = element('div', { class: 'name', hidden: true }, this.#title, this.#facts)
  readonly #said = element('p', { class: 'unseen', 'aria-live': 'polite' })
  #pointed: number | null = null
  #walked: number | null = null
  #chosen: number | null = null

  constructor(
    private readonly dots: Dots,
    private readonly names: readonly Name[],
    contours: readonly string[],
    private readonly events: BoardEvents,
  ) {
    this.#contours.append(...contours.map((path) => drawing('path', { d: path })))
    this.#overlay.append(this.#contours, this.#ring, this.#names)
    this.box = element('div', { class: 'box', role: 'application', tabindex: 0 }, this.#plot.canvas, this.#overlay, this.#label, this.#said)
    this.#plot.events = {
      hover: (dot) => {
        this.#pointed = dot
        this.#tell()
      },
      press: (dot) => events.choose(dot),
      moved: () => this.#place(),
      painter: () => {},
    }
    this.box.addEventListener('keydown', (event) => this.#key(event))
    this.box.addEventListener('blur', () => this.#walk(null))
  }

  /** Begins to draw, once the box has its place in the page. */
  begin(): void {
    this.#plot.zoom(true)
    this.#plot.draw(this.dots, false)
    new ResizeObserver(() => {
      const { width, height } = this.box.getBoundingClientRect()
      if (width > 0 && height > 0) this.#plot.resize(width, height)
    }).observe(this.box)
  }

  look(look: Look): void {
    this.#plot.look(look)
  }

  label(text: string): void {
    this.box.setAttribute('aria-label', text)
    this.#tell()
  }

  /** Rings a dot; `seek` brings it to the middle. */
  ring(dot: number | null, seek: boolean): void {
    this.#chosen = dot
    if (seek && dot !== null) this.#plot.centre(dot)
    this.#place()
  }

  nearer(factor = STEP_NEARER): void {
    this.#plot.approach(factor, this.#walked)
  }

  farther(): void {
    this.nearer(1 / STEP_NEARER)
  }

  whole(): void {
    this.#plot.whole()
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { key } = event
    const direction = DIRECTIONS[key]
    if (key === 'Escape') this.#walk(null)
    else if (key === 'Enter' && this.#walked !== null) this.events.choose(this.#walked)
    else if (key === '+' || key === '=') this.nearer()
    else if (key === '-') this.farther()
    else if (key === '0') this.whole()
    else if (direction && event.shiftKey) this.#plot.pan(direction[0] * STEP_ASIDE, -direction[1] * STEP_ASIDE)
    else if (direction) this.#walk(neighbour(this.dots, this.#walked ?? this.#pointed ?? this.#chosen, direction))
    else return
    event.preventDefault()
  }

  #walk(dot: number | null): void {
    this.#walked = dot
    this.#plot.mark(dot)
    if (dot !== null) this.#plot.reveal(dot)
    this.#tell()
  }

  /** Names the dot under the pointer, or the one that the keys reached; that one to screen readers as well. */
  #tell(): void {
    const dot = this.#walked ?? this.#pointed
    this.#label.hidden = dot === null
    if (dot === null) return void (this.#said.textContent = '')
    const { title, facts } = this.events.describe(dot)
    this.#title.textContent = title
    this.#facts.textContent = facts
    this.#said.textContent = this.#walked === null ? '' : `${title}, ${facts}`
    this.#place()
  }

  /** Puts everything over the dots where the view has it. */
  #place(): void {
    const view = this.#plot.view()
    const { x, y } = view
    const at = (dot: number) => [(this.dots.x[dot] ?? 0) * x.scale + x.offset, (this.dots.y[dot] ?? 0) * y.scale + y.offset] as const
    this.#contours.setAttribute('transform', `matrix(${x.scale} 0 0 ${y.scale} ${x.offset} ${y.offset})`)
    this.#ring.toggleAttribute('hidden', this.#chosen === null)
    if (this.#chosen !== null) {
      const [px, py] = at(this.#chosen)
      this.#ring.setAttribute('cx', String(px))
      this.#ring.setAttribute('cy', String(py))
    }
    this.#names.replaceChildren(...fitting(this.names, view).map(({ label, px, py }) => drawing('text', { x: px, y: py, text: label })))
    const named = this.#walked ?? this.#pointed
    if (named === null) return
    const [px, py] = at(named)
    this.#label.style.left = `${px}px`
    this.#label.style.top = `${py}px`
    this.#label.classList.toggle('flip', px > this.box.clientWidth / 2)
  }
}
