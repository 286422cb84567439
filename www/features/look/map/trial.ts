// Whether what draws by WebGL is a graphics card: by the time that it takes, where its name says nothing.
//
// In: the page's surface. Out: a verdict. WebKit and private windows hide the name of a renderer that is software, which draws slower than
// `painter-pixels.ts` and takes cores from training. A card draws the trial in one or two milliseconds, an emulated one on two cores in twenty and more.

import { WebGlPainter } from './painter-webgl'
import type { Program, Surface } from './surface'

/** Milliseconds of a frame of the trial from which on the processor draws by itself. */
export const MOST_MILLISECONDS = 12
const DOTS = 10_000
const SIDE = 512
const FRAMES = 3

/** Milliseconds of the quickest of a few frames, after one that compiles and sends the dots. */
export function quickest(draw: () => void, now: () => number): number {
  draw()
  let best = Infinity
  for (let frame = 0; frame < FRAMES && best > MOST_MILLISECONDS; frame++) {
    const began = now()
    draw()
    best = Math.min(best, now() - began)
  }
  return best
}

/** Whether a map of ten thousand dots takes longer than a graphics card would. */
export function isSlow(surface: Surface, program: Program): boolean {
  const context = document.createElement('canvas').getContext('2d', { alpha: false })
  if (!context) return false
  context.canvas.width = context.canvas.height = SIDE
  const { gl } = program
  const painter = new WebGlPainter(surface, program)
  // The golden angle spreads them evenly.
  const spiral = (of: (angle: number) => number) => Float32Array.from({ length: DOTS }, (_, i) => Math.sqrt(i / DOTS) * of(i * 2.4))
  painter.take({ x: spiral(Math.cos), y: spiral(Math.sin), category: new Uint8Array(DOTS) }, null)
  const scale = { scale: SIDE / 2, offset: SIDE / 2 }
  const pixel = new Uint8Array(4)
  const draw = () => {
    painter.paint({
      ...{ context, width: SIDE, height: SIDE, view: { x: scale, y: scale }, share: 1, size: 8, opacity: 0.8 },
      ...{ colours: [[11, 102, 99]], background: [255, 255, 255] },
    })
    // Waits until all of it is drawn.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel)
  }
  const slow = quickest(draw, () => performance.now()) > MOST_MILLISECONDS
  painter.release()
  return slow
}
