// The page's one connection to the graphics card, whichever map draws.
//
// A browser grants a page a handful of WebGL contexts and takes the oldest away for one more, so every map draws here, and copies its
// picture onto a canvas of its own in the same task. A context that is lost (a driver that restarts, a machine that slept) takes all
// that lay on the card with it: maps draw without it until it is back, and then send their dots again.

import { FRAGMENT, UNIFORMS, VERTEX } from './shaders'
import { isSlow } from './trial'

export type Uniforms = Record<(typeof UNIFORMS)[number], WebGLUniformLocation | null>

/** Objects on the card, gone with the context. */
export interface Program {
  gl: WebGL2RenderingContext
  uniforms: Uniforms
}

/** How often a context may be lost before the maps of this visit do without. */
const MOST_LOSSES = 3
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i

export class Surface {
  readonly canvas = document.createElement('canvas')
  readonly #gl: WebGL2RenderingContext
  #program: Program | null
  #losses = 0
  readonly #maps = new Set<() => void>()

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl
    this.canvas = gl.canvas as HTMLCanvasElement
    this.#program = compile(gl)
    this.canvas.addEventListener('webglcontextlost', (event) => {
      this.#losses += 1
      // Otherwise the browser does not bring it back.
      if (this.#losses <= MOST_LOSSES) event.preventDefault()
      this.#program = null
      this.#tell()
    })
    this.canvas.addEventListener('webglcontextrestored', () => {
      this.#program = compile(gl)
      this.#tell()
    })
  }

  /** The program, ready to draw; null while the context is lost. */
  get program(): Program | null {
    return this.#gl.isContextLost() ? null : this.#program
  }

  /** Calls back when the context is lost or there again. Returns what ends it. */
  watch(changed: () => void): () => void {
    this.#maps.add(changed)
    return () => void this.#maps.delete(changed)
  }

  /** Makes room for a picture; never less, since maps of two sizes would make it anew at each frame. */
  fit(width: number, height: number): void {
    if (this.canvas.width < width) this.canvas.width = width
    if (this.canvas.height < height) this.canvas.height = height
  }

  #tell(): void {
    for (const changed of this.#maps) changed()
  }
}

let shared: Surface | null | undefined

/**
 * The surface of the page; null if there is no WebGL2, or only an emulated one, by its name or by its pace, which is slower than
 * `painter-pixels.ts`.
 *
 * `?map=webgl` or `?map=canvas` decides otherwise, for tests and for machines that misjudge themselves.
 */
export function surface(): Surface | null {
  shared ??= open()
  return shared
}

function open(): Surface | null {
  const wish = new URLSearchParams(location.search).get('map')
  if (wish === 'canvas') return null
  const canvas = document.createElement('canvas')
  // The discs have soft rims of their own.
  const gl = canvas.getContext('webgl2', { antialias: false, alpha: false, depth: false, failIfMajorPerformanceCaveat: wish !== 'webgl' })
  if (!gl) return null
  if (wish !== 'webgl' && isEmulated(gl)) {
    gl.getExtension('WEBGL_lose_context')?.loseContext()
    return null
  }
  try {
    const surface = new Surface(gl)
    const { program } = surface
    if (wish === 'webgl' || !program || !isSlow(surface, program)) return surface
    gl.getExtension('WEBGL_lose_context')?.loseContext()
    return null
  } catch (error) {
    console.warn('The map is drawn without WebGL:', error)
    return null
  }
}

function isEmulated(gl: WebGL2RenderingContext): boolean {
  const names = gl.getExtension('WEBGL_debug_renderer_info')
  const renderer: unknown = names && gl.getParameter(names.UNMASKED_RENDERER_WEBGL)
  return SOFTWARE.test(String(renderer))
}

/** Null if the context is lost meanwhile. */
function compile(gl: WebGL2RenderingContext): Program | null {
  const program = gl.createProgram()
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type)
    if (!shader) return null
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    if (gl.isContextLost()) return null
    const shaders = gl.getAttachedShaders(program) ?? []
    throw new Error([gl.getProgramInfoLog(program), ...shaders.map((shader) => gl.getShaderInfoLog(shader))].filter(Boolean).join('\n'))
  }
  gl.useProgram(program)
  gl.enable(gl.BLEND)
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
  const found = UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)])
  return { gl, uniforms: Object.fromEntries(found) as Uniforms }
}
