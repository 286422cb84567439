// Dots on a plain canvas: for browsers without WebGL, and where WebGL would only be emulated. No zoom.

import { type Dots, dotSize, eased, GLIDE_MILLISECONDS, type Look, NO_EVENTS, REACH, type Scatter } from './scatter'

/** More dots than this jump to their places. */
const MOST_GLIDING = 20_000
/** How near the pointer must be, in CSS pixels. */
const TOUCH = 14

export class CanvasScatter implements Scatter {
  readonly canvas = document.createElement('canvas')
  readonly zooms = false
  events = NO_EVENTS
  readonly #context: CanvasRenderingContext2D
  #dots: Dots = { x: new Float32Array(), y: new Float32Array(), category: new Uint8Array() }
  #from: Dots | null = null
  #glideBegan = 0
  #frame = 0
  #width = 0
  #height = 0
  #look: Look = { colours: [], background: '#fff', ring: '#000' }
  #marked: number | null = null
  #hovered: number | null = null
  readonly #stop = new AbortController()

  constructor() {
    const { canvas } = this
    const context = canvas.getContext('2d')
    if (!context) throw new Error('no 2D context')
    this.#context = context
    const options = { signal: this.#stop.signal }
    canvas.addEventListener('pointermove', (event) => this.#point(event.offsetX, event.offsetY), options)
    canvas.addEventListener('pointerdown', (event) => this.#point(event.offsetX, event.offsetY), options)
    canvas.addEventListener('pointerleave', () => this.#point(-1e6, -1e6), options)
  }

  draw(dots: Dots, animate: boolean): void {
    const glide = animate && dots.x.length === this.#dots.x.length && dots.x.length <= MOST_GLIDING
    this.#from = glide ? this.#present() : null
    this.#glideBegan = performance.now()
    this.#dots = dots
    this.#redraw()
  }

  look(look: Look): void {
    this.#look = look
    this.#redraw()
  }

  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1
    this.#width = width
    this.#height = height
    this.canvas.width = Math.round(width * ratio)
    this.canvas.height = Math.round(height * ratio)
    this.#redraw()
  }

  mark(dot: number | null): void {
    this.#marked = dot
    this.#redraw()
  }

  place(dot: number): [number, number] | null {
    const { x, y } = this.#dots
    return dot < x.length ? this.#pixel(x[dot] as number, y[dot] as number) : null
  }

  zoom(): void {}

  release(): void {
    cancelAnimationFrame(this.#frame)
    this.#stop.abort()
  }

  #pixel(x: number, y: number): [number, number] {
    const half = Math.min(this.#width, this.#height) / 2
    return [this.#width / 2 + x * REACH * half, this.#height / 2 - y * REACH * half]
  }

  /** The dots as they are seen now. */
  #present(): Dots {
    const from = this.#from
    if (!from) return this.#dots
    const share = eased(Math.min(1, (performance.now() - this.#glideBegan) / GLIDE_MILLISECONDS))
    const between = (a: Float32Array, b: Float32Array) => b.map((value, i) => (a[i] as number) * (1 - share) + value * share)
    return { ...this.#dots, x: between(from.x, this.#dots.x), y: between(from.y, this.#dots.y) }
  }

  #redraw(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => this.#paint())
  }

  #paint(): void {
    const context = this.#context
    const ratio = this.canvas.width / Math.max(1, this.#width)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, this.#width, this.#height)
    const { x, y, category } = this.#present()
    const size = dotSize(x.length)
    context.globalAlpha = 0.85
    // One path a colour: changing the colour for each dot costs several times more.
    this.#look.colours.forEach((colour, index) => {
      context.fillStyle = colour
      context.beginPath()
      for (let dot = 0; dot < x.length; dot++) {
        if (category[dot] !== index) continue
        const [px, py] = this.#pixel(x[dot] as number, y[dot] as number)
        if (size < 4) {
          context.rect(px - size / 2, py - size / 2, size, size)
        } else {
          context.moveTo(px + size / 2, py)
          context.arc(px, py, size / 2, 0, 2 * Math.PI)
        }
      }
      context.fill()
    })
    context.globalAlpha = 1
    const marked = this.#marked ?? this.#hovered
    if (marked !== null && marked < x.length) {
      const [px, py] = this.#pixel(x[marked] as number, y[marked] as number)
      context.strokeStyle = this.#look.ring
      context.lineWidth = 2
      context.beginPath()
      context.arc(px, py, size / 2 + 3, 0, 2 * Math.PI)
      context.stroke()
    }
    if (this.#from) {
      if (performance.now() - this.#glideBegan >= GLIDE_MILLISECONDS) this.#from = null
      else this.#redraw()
    }
  }

  #point(px: number, py: number): void {
    const { x, y } = this.#dots
    let nearest: number | null = null
    let least = TOUCH ** 2
    for (let dot = 0; dot < x.length; dot++) {
      const [dx, dy] = this.#pixel(x[dot] as number, y[dot] as number)
      const distance = (dx - px) ** 2 + (dy - py) ** 2
      if (distance < least) {
        least = distance
        nearest = dot
      }
    }
    if (nearest === this.#hovered) return
    this.#hovered = nearest
    this.events.hover(nearest)
    this.#redraw()
  }
}
