// What the map's drawing is made of: dots, their look, how they lie on the canvas, and the constants that its parts share.

export interface Places {
  /** Between -1 and 1, as the worker sends them. An array is never written to once it was given to a plot. */
  x: Float32Array
  y: Float32Array
}

export interface Dots extends Places {
  /** Index of each dot's colour. */
  category: Uint8Array
}

export interface Look {
  /** One for each category, at most 256. */
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

/** Which part of a map is seen, whatever the size of its canvas. */
export interface Seen {
  x: number
  y: number
  near: number
}

export interface ScatterEvents {
  /** The dot under the pointer has changed. */
  hover(dot: number | null): void
  /** The dot under the pointer was pressed. */
  press(dot: number): void
  /** Another part of the map is seen, or the canvas has another size. */
  moved(): void
  /** The graphics card begins to draw, or the processor does. */
  painter(accelerated: boolean): void
}

export const NO_EVENTS: ScatterEvents = { hover: () => {}, press: () => {}, moved: () => {}, painter: () => {} }

export const GLIDE_MILLISECONDS = 500
/** Share of the half canvas that the outermost dot reaches. */
export const REACH = 0.93
export const OPACITY = 0.85

/** The share of a glide that is done, eased at both ends. */
export const eased = (share: number) => (share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2)

/** Diameter of a dot in CSS pixels while the whole map is seen. */
export const dotSize = (dots: number) => (dots <= 500 ? 8 : dots <= 3000 ? 5.5 : dots <= 20_000 ? 3.5 : dots <= 200_000 ? 2 : 1.25)

/** Diameter of a dot that is seen from nearer: it grows more slowly than the map, so that close dots come apart. */
export const dotSizeNear = (dots: number, near: number) => dotSize(dots) * Math.min(3, near ** 0.3)
