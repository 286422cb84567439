// One renderer with generated dots in an empty page: what the benchmark of the map watches.
//
// In: the address (`renderer`, `dots`). Out: `window.bench`, whose functions move what is seen; who calls them counts the frames.

import { EmbeddingView } from 'embedding-atlas/component'
import createScatterplot from 'regl-scatterplot'

import { ScatterPlot } from '../../../www/features/look/map/plot'

const WIDTH = 960
const HEIGHT = 720
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a4b2a', '#3b2fb4']

const query = new URLSearchParams(location.search)
const box = document.querySelector('main')

/** Eight heaps that overlap, the same for everybody; `seed` gives others to glide to. */
function dots(count, seed) {
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const [x, y, category] = [new Float32Array(count), new Float32Array(count), new Uint8Array(count)]
  for (let dot = 0; dot < count; dot++) {
    const heap = dot % COLOURS.length
    const [far, turn] = [0.18 * Math.sqrt(-2 * Math.log(random())), 2 * Math.PI * random()]
    const middle = (2 * Math.PI * (heap + seed / 7)) / COLOURS.length
    x[dot] = Math.max(-1, Math.min(1, 0.5 * Math.cos(middle) + far * Math.cos(turn)))
    y[dot] = Math.max(-1, Math.min(1, 0.5 * Math.sin(middle) + far * Math.sin(turn)))
    category[dot] = heap
  }
  return { x, y, category }
}

const RENDERERS = {
  own(first, second) {
    const plot = new ScatterPlot()
    box.append(plot.canvas)
    plot.resize(WIDTH, HEIGHT)
    plot.look({ colours: COLOURS, background: '#ffffff', ring: '#000000' })
    plot.draw(first, false)
    let along = 0
    return {
      name: plot.accelerated ? 'own, WebGL2' : 'own, processor',
      pan(share) {
        plot.pan(share - along, 0)
        along = share
      },
      glide: () => plot.draw(second, true),
      point: (x, y) => plot.canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: x, clientY: y, bubbles: true })),
    }
  },
  async regl(first, second) {
    const canvas = document.createElement('canvas')
    box.append(canvas)
    const plot = createScatterplot({
      canvas,
      width: WIDTH,
      height: HEIGHT,
      pointSize: first.x.length <= 200_000 ? 2 : 1.25,
      colorBy: 'valueA',
    })
    plot.set({ pointColor: COLOURS, opacity: 0.85, backgroundColor: '#ffffff' })
    const points = ({ x, y, category }) => ({ x, y, valueA: category })
    await plot.draw(points(first), { zDataType: 'categorical' })
    return {
      name: 'regl-scatterplot 1.16',
      pan: (share) => plot.view(Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, share, 0, 0, 1)),
      glide: () => void plot.draw(points(second), { zDataType: 'categorical', transition: true, transitionDuration: 500 }),
      point: (x, y) => canvas.dispatchEvent(new MouseEvent('mousemove', { clientX: x, clientY: y, bubbles: true })),
    }
  },
  atlas(first) {
    const view = new EmbeddingView(box, {
      data: first,
      categoryColors: COLOURS,
      width: WIDTH,
      height: HEIGHT,
      pixelRatio: window.devicePixelRatio,
      viewportState: { x: 0, y: 0, scale: 0.9 },
      config: { mode: 'points', autoLabelEnabled: false, downsampleMaxPoints: null },
      theme: { statusBar: false, brandingLink: null },
    })
    return {
      name: 'embedding-atlas 0.26',
      pan: (share) => view.update({ viewportState: { x: share, y: 0, scale: 0.9 } }),
      glide: null,
      point: null,
    }
  },
}

/** Frames a second, and how long nine of ten take at most, while `action` is called once a frame. */
async function watch(milliseconds, action) {
  const seen = []
  const began = performance.now()
  let last = began
  return new Promise((resolve) => {
    const frame = (now) => {
      // The first frame may have begun before this did.
      if (now > last) seen.push(now - last)
      last = Math.max(last, now)
      if (now - began < milliseconds) {
        action((now - began) / 1000)
        requestAnimationFrame(frame)
        return
      }
      seen.sort((a, b) => a - b)
      resolve({ frames_a_second: (1000 * seen.length) / (now - began), nine_of_ten: seen[Math.floor(0.9 * (seen.length - 1))] })
    }
    requestAnimationFrame(frame)
  })
}

const settled = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function run() {
  const count = Number(query.get('dots'))
  const [first, second] = [dots(count, 1), dots(count, 2)]
  await settled(300)
  const began = performance.now()
  const renderer = await RENDERERS[query.get('renderer')](first, second)
  await watch(1, () => {})
  const start = performance.now() - began
  await settled(600)
  const pan = await watch(2500, (seconds) => renderer.pan(0.2 * Math.sin(3 * seconds)))
  renderer.pan(0)
  await settled(500)
  let glide = null
  if (renderer.glide) {
    let gliding = false
    glide = await watch(500, () => {
      if (!gliding) renderer.glide()
      gliding = true
    })
    await settled(700)
  }
  const { left, top } = box.getBoundingClientRect()
  const point =
    renderer.point && (await watch(1500, (seconds) => renderer.point(left + WIDTH * (0.3 + 0.2 * seconds), top + HEIGHT * 0.45)))
  return { renderer: renderer.name, dots: count, milliseconds_to_first_frame: start, pan, glide, point }
}

window.bench = { run }
