// A map that is drawn: dots on a canvas, where they glide to, what is seen of them, and which one is meant.
//
// In: dots, colours, a size, and what a person does. Out: a canvas and `ScatterEvents`. The canvas is a plain one whoever paints it, so
// that the processor can go on where the graphics card ends in the middle of a glide, and the other way round.

import { Camera } from './camera'
import { Gestures, type Stage } from './gestures'
import { DotGrid } from './grid'
import { colourOf, type Colour, type Painter } from './painter'
import { PixelPainter } from './painter-pixels'
import { WebGlPainter } from './painter-webgl'
import {
  type Dots,
  dotSizeNear,
  eased,
  GLIDE_MILLISECONDS,
  type Look,
  NO_EVENTS,
  OPACITY,
  type Places,
  type ScatterEvents,
  type Seen,
  type View,
} from './scatter'
import { type Surface, surface } from './surface'

/** CSS pixels between a dot and its ring. */
const RING_DISTANCE = 3
const RING_WIDTH = 2

const NO_DOTS: Dots = { x: new Float32Array(), y: new Float32Array(), category: new Uint8Array() }

export class ScatterPlot {
  /** The canvas to put into the page. */
  readonly canvas = document.createElement('canvas')
  events: ScatterEvents = NO_EVENTS
  readonly #context: CanvasRenderingContext2D
  readonly #camera = new Camera()
  readonly #surface: Surface | null
  #painter: Painter
  #dots = NO_DOTS
  /** Built when a pointer first asks. */
  #grid: DotGrid | null = null
  /** Where the dots glide from, and since when. */
  #glide: { from: Places; began: number } | null = null
  #colours: { of: readonly string[]; all: Colour[] } = { of: [], all: [] }
  #background: Colour = [255, 255, 255]
  #ring = '#000'
  #marked: number | null = null
  #hovered: number | null = null
  #zooms = false
  #frame = 0
  /** Whether any of the canvas is on the screen; what is not seen is not drawn. */
  #seen = true
  readonly #stop = new AbortController()

  constructor() {
    const context = this.canvas.getContext('2d', { alpha: false })
    if (!context) throw new Error('This browser offers no canvas to draw the map on.')
    this.#context = context
    this.#surface = surface()
    this.#painter = this.#makePainter()
    new Gestures(this.canvas, this.#stage(), this.#stop.signal)
    const watcher = new IntersectionObserver((entries) => this.#show(entries[entries.length - 1]?.isIntersecting ?? true))
    watcher.observe(this.canvas)
    // Paper shows what is below the window too.
    addEventListener('beforeprint', () => this.#paint(), { signal: this.#stop.signal })
    const unwatch = this.#surface?.watch(() => this.#repaint())
    this.#stop.signal.addEventListener('abort', () => {
      watcher.disconnect()
      unwatch?.()
    })
  }

  /** Whether the graphics card draws at present. */
  get accelerated(): boolean {
    return this.#painter.accelerated
  }

  /** Shows dots. With `animate` they glide there from where they are seen now, if there are as many as before. */
  draw(dots: Dots, animate: boolean): void {
    const before = this.#dots
    if (dots.x !== before.x || dots.y !== before.y) {
      const glides = animate && this.#seen && dots.x.length === before.x.length
      this.#glide = glides ? { from: this.#present(), began: performance.now() } : null
      this.#grid = null
    }
    this.#dots = dots
    if (this.#hovered !== null && this.#hovered >= dots.x.length) this.#point(null)
    this.#painter.take(dots, this.#glide?.from ?? null)
    this.#redraw()
  }

  look({ colours, background, ring }: Look): void {
    const { of } = this.#colours
    if (colours.length !== of.length || colours.some((colour, i) => colour !== of[i])) {
      this.#colours = { of: colours, all: colours.map((colour) => this.#read(colour)) }
    }
    this.#background = this.#read(background)
    this.#ring = ring
    this.#redraw()
  }

  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1
    this.#camera.width = width
    this.#camera.height = height
    this.canvas.width = Math.round(width * ratio)
    this.canvas.height = Math.round(height * ratio)
    // A canvas of another size is empty: it is drawn before the page is shown with it, or printed.
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.#paint()
    this.events.moved()
  }

  /** Marks a dot with a ring. */
  mark(dot: number | null): void {
    if (dot === this.#marked) return
    this.#marked = dot
    this.#redraw()
  }

  /** How the map lies on the canvas at present. */
  view(): View {
    return this.#camera.view()
  }

  /** What is seen: the middle in map coordinates, and how many times nearer than the whole. */
  get seen(): Seen {
    const { x, y, near } = this.#camera
    return { x, y, near }
  }

  /** Shows what another map of the same kind shows. */
  see({ x, y, near }: Seen): void {
    const camera = this.#camera
    if (camera.x === x && camera.y === y && camera.near === near) return
    Object.assign(camera, { x, y, near })
    this.#moved()
  }

  /** Whether wheel, pointers and keys move the view; without, the whole map is seen. */
  zoom(on: boolean): void {
    this.#zooms = on
    this.canvas.style.touchAction = on ? 'none' : ''
    if (!on) this.whole()
  }

  /** Comes nearer to the middle by a factor, or to a dot that is seen. */
  approach(factor: number, dot: number | null = null): void {
    const { width, height } = this.#camera
    const [px, py] = dot === null ? [width / 2, height / 2] : this.#pixel(dot)
    this.#camera.zoom(px, py, factor)
    this.#moved()
  }

  /** Moves what is seen by shares of the canvas. */
  pan(right: number, down: number): void {
    this.#camera.pan(-right * this.#camera.width, -down * this.#camera.height)
    this.#moved()
  }

  /** Brings a dot to the middle, and nearer if the view is a wide one. */
  centre(dot: number): void {
    this.#camera.centre(this.#dots.x[dot] ?? 0, this.#dots.y[dot] ?? 0)
    this.#moved()
  }

  /** Brings a dot to the middle if it is not seen. */
  reveal(dot: number): void {
    this.#camera.reveal(this.#dots.x[dot] ?? 0, this.#dots.y[dot] ?? 0)
    this.#moved()
  }

  /** Shows the whole map. */
  whole(): void {
    this.#camera.whole()
    this.#moved()
  }

  release(): void {
    cancelAnimationFrame(this.#frame)
    this.#stop.abort()
    this.#painter.release()
    this.canvas.remove()
    this.events = NO_EVENTS
  }

  #stage(): Stage {
    // A getter of its own: what is asked for changes.
    const zooms = () => this.#zooms
    return {
      camera: this.#camera,
      get zooms() {
        return zooms()
      },
      hit: (px, py, radius) => this.#hit(px, py, radius),
      point: (dot) => this.#point(dot),
      press: (dot) => this.events.press(dot),
      moved: () => this.#moved(),
    }
  }

  #makePainter(): Painter {
    const program = this.#surface?.program
    return this.#surface && program ? new WebGlPainter(this.#surface, program) : new PixelPainter()
  }

  /** Draws with whatever can, after the graphics card has gone or come back. */
  #repaint(): void {
    this.#painter.release()
    this.#painter = this.#makePainter()
    this.#painter.take(this.#dots, this.#glide?.from ?? null)
    this.events.painter(this.accelerated)
    this.#redraw()
  }

  #show(seen: boolean): void {
    this.#seen = seen
    if (seen) this.#redraw()
    else this.#glide = null
  }

  #moved(): void {
    this.#redraw()
    this.events.moved()
  }

  #point(dot: number | null): void {
    if (dot === this.#hovered) return
    this.#hovered = dot
    this.events.hover(dot)
    this.#redraw()
  }

  #hit(px: number, py: number, radius: number): number | null {
    this.#grid ??= new DotGrid(this.#dots)
    return this.#grid.nearest(...this.#camera.at(px, py), radius / this.#camera.scale)
  }

  /** CSS pixels of a dot, after a share of the glide. */
  #pixel(dot: number, share = 1): [number, number] {
    const { x, y } = this.view()
    const from = this.#glide?.from ?? this.#dots
    const at = (start: Float32Array, end: Float32Array) => (start[dot] ?? 0) * (1 - share) + (end[dot] ?? 0) * share
    return [at(from.x, this.#dots.x) * x.scale + x.offset, at(from.y, this.#dots.y) * y.scale + y.offset]
  }

  /** Share of the glide that is done; 1 without one. */
  #share(): number {
    if (!this.#glide) return 1
    return eased(Math.min(1, (performance.now() - this.#glide.began) / GLIDE_MILLISECONDS))
  }

  /** Where the dots are seen now. */
  #present(): Places {
    const share = this.#share()
    const { x, y } = this.#dots
    if (!this.#glide || share === 1) return { x, y }
    const { from } = this.#glide
    const between = (start: Float32Array, end: Float32Array) => end.map((value, i) => (start[i] as number) * (1 - share) + value * share)
    return { x: between(from.x, x), y: between(from.y, y) }
  }

  /** A colour of any notation, as the canvas understands it. */
  #read(colour: string): Colour {
    this.#context.fillStyle = '#000'
    this.#context.fillStyle = colour
    return colourOf(String(this.#context.fillStyle))
  }

  #redraw(): void {
    if (!this.#seen || this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#paint()
    })
  }

  #paint(): void {
    const { width, height } = this.canvas
    // A new canvas has a size of its own until it is told one.
    if (!(this.#camera.width > 0 && this.#camera.height > 0 && width > 0 && height > 0)) return
    const ratio = width / this.#camera.width
    const { x, y } = this.view()
    const count = this.#dots.x.length
    const share = this.#share()
    this.#painter.paint({
      context: this.#context,
      width,
      height,
      view: {
        x: { scale: x.scale * ratio, offset: x.offset * ratio },
        y: { scale: y.scale * ratio, offset: y.offset * ratio },
      },
      share,
      size: dotSizeNear(count, this.#camera.near) * ratio,
      opacity: OPACITY,
      colours: this.#colours.all,
      background: this.#background,
    })
    this.#paintRing(ratio, share)
    if (!this.#glide) return
    if (share < 1) this.#redraw()
    else this.#glide = null
  }

  #paintRing(ratio: number, share: number): void {
    const dot = this.#marked ?? this.#hovered
    const { length } = this.#dots.x
    if (dot === null || dot >= length) return
    const [px, py] = this.#pixel(dot, share)
    const context = this.#context
    context.strokeStyle = this.#ring
    context.lineWidth = RING_WIDTH * ratio
    context.beginPath()
    context.arc(px * ratio, py * ratio, (dotSizeNear(length, this.#camera.near) / 2 + RING_DISTANCE) * ratio, 0, 2 * Math.PI)
    context.stroke()
  }
}
