// Dots on the graphics card: their places stay there, and a frame is a handful of numbers.

import type { Colour, Frame, Painter } from './painter'
import { ATTRIBUTE } from './shaders'
import type { Dots, Places } from './scatter'
import type { Program, Surface } from './surface'

/** Categories that a byte can tell apart. */
const MOST_COLOURS = 256

export class WebGlPainter implements Painter {
  readonly accelerated = true
  readonly #surface: Surface
  /** Of the context in which this was made; another one knows nothing of it. */
  readonly #program: Program
  readonly #array: WebGLVertexArrayObject | null
  readonly #palette: WebGLTexture | null
  #colours: readonly Colour[] = []
  #count = 0
  /** Buffers on the card, by the array that they were sent from. */
  #sent = new Map<Float32Array | Uint8Array, WebGLBuffer | null>()

  constructor(surface: Surface, program: Program) {
    const { gl } = program
    this.#surface = surface
    this.#program = program
    this.#array = gl.createVertexArray()
    this.#palette = gl.createTexture()
    gl.bindTexture(gl.TEXTURE_2D, this.#palette)
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST)
  }

  take(dots: Dots, from: Places | null): void {
    const { gl } = this.#program
    const start = from ?? dots
    const held = this.#sent
    this.#sent = new Map()
    this.#count = dots.x.length
    gl.bindVertexArray(this.#array)
    for (const [place, values] of [
      [ATTRIBUTE.x, dots.x],
      [ATTRIBUTE.y, dots.y],
      [ATTRIBUTE.fromX, start.x],
      [ATTRIBUTE.fromY, start.y],
    ] as const) {
      this.#send(values, held)
      gl.enableVertexAttribArray(place)
      gl.vertexAttribPointer(place, 1, gl.FLOAT, false, 0, 0)
    }
    this.#send(dots.category, held)
    gl.enableVertexAttribArray(ATTRIBUTE.category)
    gl.vertexAttribIPointer(ATTRIBUTE.category, 1, gl.UNSIGNED_BYTE, 0, 0)
    for (const [values, buffer] of held) if (!this.#sent.has(values)) gl.deleteBuffer(buffer)
  }

  paint(frame: Frame): void {
    const { gl, uniforms } = this.#program
    const { width, height, view, size, background } = frame
    this.#surface.fit(width, height)
    gl.viewport(0, 0, width, height)
    gl.clearColor(background[0] / 255, background[1] / 255, background[2] / 255, 1)
    gl.clear(gl.COLOR_BUFFER_BIT)
    this.#colour(frame.colours)
    // From pixels, which count downwards, to -1 … 1.
    const [across, up] = [2 / width, -2 / height]
    gl.uniform4f(uniforms.view, view.x.scale * across, view.y.scale * up, view.x.offset * across - 1, view.y.offset * up + 1)
    gl.uniform1f(uniforms.share, frame.share)
    gl.uniform1f(uniforms.size, size + 1)
    gl.uniform1f(uniforms.opacity, frame.opacity)
    gl.bindVertexArray(this.#array)
    gl.drawArrays(gl.POINTS, 0, this.#count)
    // The picture lies at the bottom of a surface that may be larger.
    const { canvas } = this.#surface
    frame.context.drawImage(canvas, 0, canvas.height - height, width, height, 0, 0, width, height)
  }

  release(): void {
    const { gl } = this.#program
    for (const buffer of this.#sent.values()) gl.deleteBuffer(buffer)
    gl.deleteVertexArray(this.#array)
    gl.deleteTexture(this.#palette)
  }

  /** Sends an array, unless it lies on the card already, and leaves its buffer bound. */
  #send(values: Float32Array | Uint8Array, held: ReadonlyMap<Float32Array | Uint8Array, WebGLBuffer | null>): void {
    const { gl } = this.#program
    const before = this.#sent.get(values) ?? held.get(values)
    const buffer = before ?? gl.createBuffer()
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer)
    if (!before) gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW)
    this.#sent.set(values, buffer)
  }

  #colour(colours: readonly Colour[]): void {
    const { gl } = this.#program
    gl.bindTexture(gl.TEXTURE_2D, this.#palette)
    if (colours === this.#colours) return
    this.#colours = colours
    const texels = new Uint8Array(4 * MOST_COLOURS)
    colours.slice(0, MOST_COLOURS).forEach((colour, i) => texels.set([...colour, 255], 4 * i))
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, MOST_COLOURS, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels)
  }
}
