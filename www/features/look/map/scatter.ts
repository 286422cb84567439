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

/** How map coordinates come to CSS pixels of the canvas: a pixel is scale * coordinate + offset, for x and for y. */
export interface View {
  x: { scale: number; offset: number }
  y: { scale: number; offset: number }
}

export interface Scatter {
  /** What it draws on; whoever shows it puts it into the page. */
  readonly canvas: HTMLCanvasElement
  /** Whether the graphics card draws. */
  readonly accelerated: boolean
  events: ScatterEvents
  /** Shows dots; moves them there where there were as many before and `animate` is set. */
  draw(dots: Dots, animate: boolean): void
  look(look: Look): void
  resize(width: number, height: number): void
  /** Marks a dot. */
  mark(dot: number | null): void
  /** How the map lies on the canvas at present. */
  view(): View
  /** Whether wheel and drag move the view. */
  zoom(on: boolean): void
  /** Brings a place of the map to the middle, and nearer where the view is a wide one. */
  centre(x: number, y: number): void
  /** Shows the whole map. */
  whole(): void
  /** Ends the drawing, or only lets go of the page where the drawer can be used again. */
  release(): void
}

export interface ScatterEvents {
  /** The dot under the pointer has changed. */
  hover(dot: number | null): void
  /** The dot under the pointer was pressed. */
  press(dot: number): void
  /** Another part of the map is seen, or the canvas has another size. */
  moved(): void
  /** Nothing can be drawn any more; somebody else should. */
  lost(): void
}

export const NO_EVENTS: ScatterEvents = { hover: () => {}, press: () => {}, moved: () => {}, lost: () => {} }

export const GLIDE_MILLISECONDS = 500
/** How many times nearer a place is brought that is sought. */
export const NEARER = 3
export const NEAREST = 40
/** Movement in CSS pixels from which a press is a drag. */
export const DRAG = 4
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
