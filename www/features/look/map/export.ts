// The map as a picture.
//
// In: the dots as they are drawn, and their colours. Out: an SVG, or a PNG of the same.

import { dotSize, type Dots, REACH } from './scatter'

export interface Picture {
  dots: Dots
  colours: readonly string[]
  /** Lines over the dots, as paths in map coordinates. */
  contours: readonly string[]
  /** Pixels across. */
  width: number
  legend: readonly { label: string; colour: string }[]
  background: string
  ink: string
  /** What the picture shows and of when: its title, for people and for screen readers. */
  caption: string
  /** Family of the letters. */
  font: string
}

/** Width and height of the drawing, without caption and legend. */
const WIDTH = 960
const HEIGHT = 800
const LINE = 28
/** Width of a line of the density. */
const CONTOUR = 1.25
/** Least and most pixels across a picture: what can be read, and what browsers draw on a canvas. */
export const LEAST_WIDTH = 200
export const MOST_WIDTH = 8000

/** A drawing in which each colour is one group, so that it can be changed by hand. */
export function mapSvg({ dots, colours, contours, width, legend, background, ink, caption, font }: Picture): string {
  const { x, y, category } = dots
  const half = Math.min(WIDTH, HEIGHT) / 2
  const radius = dotSize(x.length) / 2
  const groups = colours.map((colour, index) => {
    const circles: string[] = []
    for (let dot = 0; dot < x.length; dot++) {
      if (category[dot] !== index) continue
      const across = WIDTH / 2 + (x[dot] ?? 0) * REACH * half
      const down = HEIGHT / 2 - (y[dot] ?? 0) * REACH * half
      circles.push(`<circle cx="${across.toFixed(1)}" cy="${down.toFixed(1)}" r="${radius}"/>`)
    }
    return circles.length > 0 ? `<g fill="${escaped(colour)}" fill-opacity="0.85">${circles.join('')}</g>\n` : ''
  })
  const place = `translate(${WIDTH / 2} ${HEIGHT / 2}) scale(${REACH * half} ${-REACH * half})`
  const stroke = `stroke="${escaped(ink)}" stroke-width="${CONTOUR / REACH / half}" stroke-opacity="0.75"`
  const paths = contours.map((path) => `<path d="${escaped(path)}"/>`).join('')
  const lines = paths && `<g fill="none" ${stroke} transform="${place}">${paths}</g>\n`
  const columns = 4
  const names = legend.map(({ label, colour }, i) => {
    const left = 24 + (i % columns) * ((WIDTH - 48) / columns)
    const down = HEIGHT + LINE * (Math.floor(i / columns) + 1)
    return `<circle cx="${left + 6}" cy="${down - 5}" r="6" fill="${escaped(colour)}"/><text x="${left + 20}" y="${down}">${escaped(label)}</text>\n`
  })
  const under = HEIGHT + LINE * (Math.ceil(legend.length / columns) + 1)
  const height = under + LINE / 2
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${Math.round((width * height) / WIDTH)}" viewBox="0 0 ${WIDTH} ${height}" role="img">\n` +
    `<title>${escaped(caption)}</title>\n<rect width="100%" height="100%" fill="${escaped(background)}"/>\n` +
    groups.join('') +
    lines +
    `<g fill="${escaped(ink)}" font-family="${escaped(font)}" font-size="15">\n${names.join('')}` +
    `<text x="24" y="${under}">${escaped(caption)}</text>\n</g>\n</svg>\n`
  )
}

/** Two drawings of `mapSvg` side by side, each half as wide as the picture. */
export function pairSvg(left: string, right: string, width: number): string {
  const heights = [left, right].map((svg) => Number(/viewBox="0 0 \d+ (\d+(?:\.\d+)?)"/.exec(svg)?.[1] ?? 0))
  const height = Math.max(...heights)
  const at = (svg: string, x: number, own = 0) =>
    svg.replace(/^<svg ([^>]*?)width="\d+" height="\d+"/, `<svg $1x="${x}" width="${WIDTH}" height="${own}"`)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${Math.round((width * height) / (2 * WIDTH))}" viewBox="0 0 ${2 * WIDTH} ${height}" role="img">\n` +
    at(left, 0, heights[0]) +
    at(right, WIDTH, heights[1]) +
    '</svg>\n'
  )
}

/** An SVG in its own size as pixels. Rejects where the browser cannot draw it. */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth
  canvas.height = image.naturalHeight
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (!blob) throw new Error('This browser could not make a picture of the map; save it as SVG instead.')
  return new Uint8Array(await blob.arrayBuffer())
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (words: string) =>
  words
    // XML has no way to write these.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? '')
