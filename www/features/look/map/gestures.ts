// Pointers and wheel over a map: which dot is pointed at and pressed, and how the camera moves.
//
// In: events of the canvas. Out: calls of a `Stage`. One pointer drags, two pinch; without zoom a finger scrolls the page.

import type { Camera } from './camera'

/** Movement in CSS pixels from which a press is a drag. */
const DRAG = 4
/** How near the pointer must be to a dot, in CSS pixels. */
const TOUCH = 14
/** Pixels of a wheel for a factor of e, and of a line of one that counts in lines. */
const WHEEL = 400
const LINE = 16

/** The map that gestures act on. */
export interface Stage {
  readonly camera: Camera
  /** Whether wheel and pointers move the view. */
  readonly zooms: boolean
  /** The dot nearest to a pixel, no farther than `radius` pixels. */
  hit(px: number, py: number, radius: number): number | null
  point(dot: number | null): void
  press(dot: number): void
  moved(): void
}

export class Gestures {
  readonly #stage: Stage
  /** Where each pointer is that is held down, in the order in which they came. */
  readonly #held = new Map<number, [number, number]>()
  /** Where a press began; null once it is a drag or a pinch. */
  #pressed: [number, number] | null = null

  constructor(canvas: HTMLCanvasElement, stage: Stage, signal: AbortSignal) {
    this.#stage = stage
    const end = (event: PointerEvent) => this.#held.delete(event.pointerId)
    canvas.addEventListener('pointerdown', (event) => this.#down(canvas, event), { signal })
    canvas.addEventListener('pointermove', (event) => this.#move(event), { signal })
    canvas.addEventListener('pointerup', (event) => this.#up(event), { signal })
    canvas.addEventListener('pointercancel', end, { signal })
    canvas.addEventListener('lostpointercapture', end, { signal })
    canvas.addEventListener('pointerleave', () => stage.point(null), { signal })
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false })
  }

  #down(canvas: HTMLCanvasElement, event: PointerEvent): void {
    if (event.button !== 0) return
    const at: [number, number] = [event.offsetX, event.offsetY]
    this.#held.set(event.pointerId, at)
    this.#pressed = this.#held.size === 1 ? at : null
    this.#point(event)
    if (this.#stage.zooms) canvas.setPointerCapture(event.pointerId)
  }

  #move(event: PointerEvent): void {
    const before = this.#held.get(event.pointerId)
    if (!before) return this.#point(event)
    const at: [number, number] = [event.offsetX, event.offsetY]
    if (this.#pressed && Math.hypot(at[0] - this.#pressed[0], at[1] - this.#pressed[1]) <= DRAG) return
    this.#pressed = null
    this.#held.set(event.pointerId, at)
    if (!this.#stage.zooms) return
    const { camera } = this.#stage
    const other = [...this.#held].find(([pointer]) => pointer !== event.pointerId)?.[1]
    if (other) {
      // What lies under both fingers stays there, as far as a map that does not turn allows.
      const middle = (one: readonly [number, number]) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2] as const
      const apart = (one: readonly [number, number]) => Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1]))
      const [[x0, y0], [x1, y1]] = [middle(before), middle(at)]
      camera.pan(x1 - x0, y1 - y0)
      camera.zoom(x1, y1, apart(at) / apart(before))
    } else {
      camera.pan(at[0] - before[0], at[1] - before[1])
    }
    this.#stage.moved()
  }

  #up(event: PointerEvent): void {
    this.#held.delete(event.pointerId)
    const dot = this.#pressed && this.#stage.hit(event.offsetX, event.offsetY, TOUCH)
    this.#pressed = null
    if (dot !== null) this.#stage.press(dot)
  }

  #wheel(event: WheelEvent): void {
    if (!this.#stage.zooms) return
    event.preventDefault()
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE : event.deltaY
    this.#stage.camera.zoom(event.offsetX, event.offsetY, Math.exp(-pixels / WHEEL))
    this.#stage.moved()
  }

  #point(event: PointerEvent): void {
    this.#stage.point(this.#stage.hit(event.offsetX, event.offsetY, TOUCH))
  }
}
