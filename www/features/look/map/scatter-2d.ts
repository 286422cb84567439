// Dots on a plain canvas: for browsers without WebGL, and where WebGL would only be emulated.

import {
  type Dots,
  dotSize,
  DRAG,
  eased,
  GLIDE_MILLISECONDS,
  type Look,
  NEARER,
  NEAREST,
  NO_EVENTS,
  REACH,
  type Scatter,
  type View,
} from './scatter'

/** More dots than this jump to their places. */
const MOST_GLIDING = 20_000
/** How near the pointer must be, in CSS pixels. */
const TOUCH = 14

export class CanvasScatter implements Scatter {
  readonly canvas = document.createElement('canvas')
  readonly accelerated = false
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
  #ordered = { of: this.#dots.category, dots: new Uint32Array() }
  #hovered: number | null = null
  #zooms = false
  /** What lies in the middle, and how many times nearer than the whole. */
  #eye = { x: 0, y: 0, near: 1 }
  /** Where a press began, in CSS pixels, and what lay in the middle then. */
  #held: { px: number; py: number; x: number; y: number; moved: boolean } | null = null
  readonly #stop = new AbortController()

  constructor() {
    const { canvas } = this
    const context = canvas.getContext('2d')
    if (!context) throw new Error('no 2D context')
    this.#context = context
    const options = { signal: this.#stop.signal }
    canvas.addEventListener('pointermove', (event) => this.#drag(event), options)
    canvas.addEventListener('pointerdown', (event) => this.#press(event), options)
    canvas.addEventListener('pointerup', () => this.#let(), options)
    canvas.addEventListener('pointercancel', () => (this.#held = null), options)
    canvas.addEventListener('pointerleave', () => this.#point(-1e6, -1e6), options)
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { ...options, passive: false })
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
    this.#moved()
  }

  mark(dot: number | null): void {
    this.#marked = dot
    this.#redraw()
  }

  view(): View {
    const scale = (Math.min(this.#width, this.#height) / 2) * REACH * this.#eye.near
    return {
      x: { scale, offset: this.#width / 2 - this.#eye.x * scale },
      y: { scale: -scale, offset: this.#height / 2 + this.#eye.y * scale },
    }
  }

  zoom(on: boolean): void {
    this.#zooms = on
    this.canvas.style.touchAction = on ? 'none' : ''
    if (!on) this.whole()
  }

  centre(x: number, y: number): void {
    this.#eye = { x, y, near: Math.max(this.#eye.near, NEARER) }
    this.#moved()
  }

  whole(): void {
    this.#eye = { x: 0, y: 0, near: 1 }
    this.#moved()
  }

  release(): void {
    cancelAnimationFrame(this.#frame)
    this.#stop.abort()
    this.canvas.remove()
  }

  #moved(): void {
    this.#redraw()
    this.events.moved()
  }

  #press(event: PointerEvent): void {
    this.#point(event.offsetX, event.offsetY)
    this.#held = { px: event.offsetX, py: event.offsetY, x: this.#eye.x, y: this.#eye.y, moved: false }
    if (this.#zooms) this.canvas.setPointerCapture(event.pointerId)
  }

  #drag(event: PointerEvent): void {
    const held = this.#held
    if (!held) return this.#point(event.offsetX, event.offsetY)
    const [dx, dy] = [event.offsetX - held.px, event.offsetY - held.py]
    held.moved ||= Math.hypot(dx, dy) > DRAG
    if (!held.moved || !this.#zooms) return
    const { scale } = this.view().x
    this.#eye = { ...this.#eye, x: held.x - dx / scale, y: held.y + dy / scale }
    this.#moved()
  }

  #let(): void {
    if (this.#held && !this.#held.moved && this.#hovered !== null) this.events.press(this.#hovered)
    this.#held = null
  }

  #wheel(event: WheelEvent): void {
    if (!this.#zooms) return
    event.preventDefault()
    const before = this.view()
    const x = (event.offsetX - before.x.offset) / before.x.scale
    const y = (event.offsetY - before.y.offset) / before.y.scale
    const near = Math.min(NEAREST, Math.max(1, this.#eye.near * Math.exp(-event.deltaY / 400)))
    // What is under the pointer stays there.
    const share = this.#eye.near / near
    this.#eye = near === 1 ? { x: 0, y: 0, near } : { x: x + (this.#eye.x - x) * share, y: y + (this.#eye.y - y) * share, near }
    this.#moved()
  }

  #pixel(x: number, y: number): [number, number] {
    const view = this.view()
    return [x * view.x.scale + view.x.offset, y * view.y.scale + view.y.offset]
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
    const view = this.view()
    const [width, height] = [this.#width + size, this.#height + size]
    context.globalAlpha = 0.85
    // Many small dots are quickest one by one: a path of a hundred thousand takes seconds to fill.
    const small = size < 4
    const order = this.#order(category)
    let at = 0
    // Changing the colour for each dot costs several times more, so they are drawn by colour.
    for (let index = 0; index < this.#look.colours.length; index++) {
      context.fillStyle = this.#look.colours[index] as string
      if (!small) context.beginPath()
      for (; at < order.length && category[order[at] as number] === index; at++) {
        const dot = order[at] as number
        const px = (x[dot] as number) * view.x.scale + view.x.offset
        const py = (y[dot] as number) * view.y.scale + view.y.offset
        if (px < -size || py < -size || px > width || py > height) continue
        if (small) {
          context.fillRect(px - size / 2, py - size / 2, size, size)
        } else {
          context.moveTo(px + size / 2, py)
          context.arc(px, py, size / 2, 0, 2 * Math.PI)
        }
      }
      if (!small) context.fill()
    }
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

  /** The dots by colour, put in order once for each colouring. */
  #order(category: Uint8Array): Uint32Array {
    if (this.#ordered.of === category) return this.#ordered.dots
    const first = new Uint32Array(257)
    for (const index of category) first[index + 1] = (first[index + 1] as number) + 1
    for (let index = 0; index < 256; index++) first[index + 1] = (first[index + 1] as number) + (first[index] as number)
    const dots = new Uint32Array(category.length)
    for (let dot = 0; dot < category.length; dot++) {
      const index = category[dot] as number
      const place = first[index] as number
      dots[place] = dot
      first[index] = place + 1
    }
    this.#ordered = { of: category, dots }
    return dots
  }

  #point(px: number, py: number): void {
    const { x, y } = this.#dots
    const view = this.view()
    let nearest: number | null = null
    let least = TOUCH ** 2
    for (let dot = 0; dot < x.length; dot++) {
      const across = (x[dot] as number) * view.x.scale + view.x.offset - px
      const down = (y[dot] as number) * view.y.scale + view.y.offset - py
      const distance = across ** 2 + down ** 2
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
