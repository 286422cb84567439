// What a drawer of dots can do. Two exist: one on the graphics card, one on a plain canvas for where that is missing.

export interface Dots {
  /** Between -1 and 1, as the worker sends them. */
  x: Float32Array
  y: Float32Array
  /** Index of each dot's colour. */
  category: Uint8Array
}

export interface Look {
  /** Hexadecimal, one for each category. */
  colours: readonly string[]
  background: string
  /** The ring round the dot under the pointer. */
  ring: string
}

export interface Scatter {
  /** What it draws on; whoever shows it puts it into the page. */
  readonly canvas: HTMLCanvasElement
  readonly zooms: boolean
  events: ScatterEvents
  /** Shows dots; moves them there where there were as many before and `animate` is set. */
  draw(dots: Dots, animate: boolean): void
  look(look: Look): void
  resize(width: number, height: number): void
  /** Marks a dot. */
  mark(dot: number | null): void
  /** Where a dot is, in CSS pixels of the canvas. */
  place(dot: number): [number, number] | null
  /** Whether wheel and drag move the view. */
  zoom(on: boolean): void
  /** Ends the drawing, or only lets go of the page where the drawer can be used again. */
  release(): void
}

export interface ScatterEvents {
  /** The dot under the pointer has changed. */
  hover(dot: number | null): void
  /** Nothing can be drawn any more; somebody else should. */
  lost(): void
}

export const NO_EVENTS: ScatterEvents = { hover: () => {}, lost: () => {} }

export const GLIDE_MILLISECONDS = 500
/** Share of the half canvas that the outermost dot reaches. */
export const REACH = 0.93

/** The share of a glide that is done, eased at both ends. */
export const eased = (share: number) => (share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2)

export const dotSize = (dots: number) => (dots <= 500 ? 8 : dots <= 3000 ? 5.5 : dots <= 20_000 ? 3.5 : 2)

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i

let ready: Promise<Scatter | null> | undefined

/**
 * The drawer on the graphics card, where there is a card that WebGL reaches without emulation; null where there is none.
 *
 * There is one for the whole life of the page, made early: to open WebGL and to compile its programs takes longer than a page
 * that trains should wait. `?map=webgl` or `?map=canvas` decides otherwise, for tests and for machines that misjudge
 * themselves.
 */
export function webGlScatter(): Promise<Scatter | null> {
  ready ??= open().catch((error: unknown) => {
    console.warn('The map is drawn without WebGL:', error)
    return null
  })
  return ready
}

/** From now on, maps are drawn without WebGL. */
export function giveUpWebGl(): void {
  ready = Promise.resolve(null)
}

async function open(): Promise<Scatter | null> {
  const wish = new URLSearchParams(location.search).get('map')
  if (wish === 'canvas' || (wish !== 'webgl' && !hasFastWebGl())) return null
  const { WebGlScatter } = await import('./scatter-webgl')
  const scatter = new WebGlScatter()
  await scatter.warmUp()
  return scatter
}

function hasFastWebGl(): boolean {
  const context = document.createElement('canvas').getContext('webgl', { failIfMajorPerformanceCaveat: true })
  if (!context) return false
  const names = context.getExtension('WEBGL_debug_renderer_info')
  const renderer: unknown = names && context.getParameter(names.UNMASKED_RENDERER_WEBGL)
  context.getExtension('WEBGL_lose_context')?.loseContext()
  return !SOFTWARE.test(String(renderer))
}
