// Dots on the graphics card, by regl-scatterplot: zoom, and glides of a hundred thousand dots.

import createRegl from 'regl'
import createScatterplot, { createRenderer } from 'regl-scatterplot'

import programs from './regl-programs.js'
import { type Dots, dotSize, eased, GLIDE_MILLISECONDS, type Look, NEARER, NO_EVENTS, REACH, type Scatter, type View } from './scatter'

const EXTENSIONS = ['OES_texture_float', 'OES_element_index_uint', 'WEBGL_color_buffer_float', 'EXT_float_blend']

/** The package's types want a meaning for each key. */
const NO_KEYS = {} as NonNullable<NonNullable<Parameters<typeof createScatterplot>[0]>['keyMap']>

export class WebGlScatter implements Scatter {
  readonly canvas = document.createElement('canvas')
  readonly accelerated = true
  events = NO_EVENTS
  readonly #renderer: ReturnType<typeof createRenderer>
  readonly #plot: ReturnType<typeof createScatterplot>
  #count = -1
  #size = { width: 1, height: 1 }
  /** What arrived while the dots were still gliding. */
  #next: { dots: Dots; animate: boolean } | null = null
  #drawing = false

  constructor() {
    const surface = document.createElement('canvas')
    const gl = surface.getContext('webgl', { antialias: true, preserveDrawingBuffer: true })
    if (!gl) throw new Error('no WebGL context')
    const missing = EXTENSIONS.filter((name) => !gl.getExtension(name))
    if (missing.length > 0) throw new Error(`WebGL lacks ${missing.join(', ')}`)
    // regl writes JavaScript while it runs, which the content security policy forbids; what it writes for this plot is in
    // `regl-programs.js`, made by a test. The types of the package do not know the option.
    const options = { gl, extensions: EXTENSIONS, cachedCode: { ...programs } }
    const regl = createRegl(options as Parameters<typeof createRegl>[0])
    this.#renderer = createRenderer({ regl, canvas: surface })
    this.#plot = createScatterplot({
      canvas: this.canvas,
      renderer: this.#renderer,
      width: 8,
      height: 8,
      colorBy: 'valueA',
      opacity: 0.85,
      pointOutlineWidth: 2,
      cameraIsFixed: true,
      deselectOnDblClick: false,
      deselectOnEscape: false,
      lassoOnLongPress: false,
      lassoInitiator: false,
      // The page has its own loop, for both drawers, and nothing here turns.
      keyMap: NO_KEYS,
    })
    this.#plot.subscribe('pointOver', (dot: number) => this.events.hover(dot))
    this.#plot.subscribe('pointOut', () => this.events.hover(null))
    this.#plot.subscribe('select', ({ points }: { points: number[] }) => {
      const [dot] = points
      if (dot !== undefined) this.events.press(dot)
    })
    this.#plot.subscribe('view', () => this.events.moved())
    surface.addEventListener('webglcontextlost', () => this.events.lost())
  }

  /** Draws, glides and marks once, so that everything is compiled. */
  async warmUp(): Promise<void> {
    const dots = { x: Float32Array.of(-1, 1), y: Float32Array.of(0, 0), category: new Uint8Array(2) }
    this.#renderer.resize(8, 8)
    this.look({ colours: ['#888888'], background: '#ffffff', ring: '#000000' })
    await this.#show(dots, false)
    await this.#show(dots, true)
    this.mark(0)
    this.mark(null)
    this.#count = -1
  }

  draw(dots: Dots, animate: boolean): void {
    this.#next = { dots, animate }
    if (!this.#drawing) void this.#drawAll()
  }

  look(look: Look): void {
    this.#plot.set({
      pointColor: [...look.colours],
      pointColorActive: look.ring,
      pointColorHover: look.ring,
      backgroundColor: look.background,
    })
  }

  resize(width: number, height: number): void {
    this.#size = { width, height }
    this.#renderer.resize(width, height)
    this.#plot.set({ width, height })
    this.events.moved()
  }

  mark(dot: number | null): void {
    if (dot === null) this.#plot.deselect({ preventEvent: true })
    else this.#plot.select(dot, { preventEvent: true })
  }

  view(): View {
    // The camera's matrix, column by column: it only moves and scales.
    const camera = this.#plot.get('cameraView')
    const { width, height } = this.#size
    const [scaleX = 1, scaleY = 1, moveX = 0, moveY = 0] = [camera[0], camera[5], camera[12], camera[13]]
    // A unit of the plot is half the height, in both directions.
    const half = height / 2
    return {
      x: { scale: scaleX * half * REACH, offset: width / 2 + moveX * half },
      y: { scale: -scaleY * half * REACH, offset: half - moveY * half },
    }
  }

  zoom(on: boolean): void {
    this.#plot.set({ cameraIsFixed: !on })
    if (!on) this.whole()
  }

  centre(x: number, y: number): void {
    const near = Math.max(NEARER, this.view().x.scale / (this.#size.height / 2) / REACH)
    void this.#plot.zoomToLocation([x * REACH, y * REACH], 1 / near).then(() => this.events.moved())
  }

  whole(): void {
    this.#plot.reset({ preventEvent: true })
    this.events.moved()
  }

  /** Keeps its programs for the next map. */
  release(): void {
    this.canvas.remove()
    this.events = NO_EVENTS
    this.#next = null
    this.#count = -1
  }

  async #drawAll(): Promise<void> {
    this.#drawing = true
    while (this.#next) {
      const { dots, animate } = this.#next
      this.#next = null
      await this.#show(dots, animate)
    }
    this.#drawing = false
  }

  async #show(dots: Dots, animate: boolean): Promise<void> {
    const count = dots.x.length
    if (count !== this.#count) this.#plot.set({ pointSize: dotSize(count) })
    const transition = animate && count === this.#count
    this.#count = count
    await this.#plot.draw(
      { x: dots.x.map((value) => value * REACH), y: dots.y.map((value) => value * REACH), valueA: dots.category },
      {
        zDataType: 'categorical',
        transition,
        transitionDuration: GLIDE_MILLISECONDS,
        transitionEasing: eased,
        preventFilterReset: true,
      },
    )
  }
}
