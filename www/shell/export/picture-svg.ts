// A drawing of the page (an SVG element) as a file by itself.
//
// In: the element as it stands, its title, the colour of the paper, and lines to write under it. Out: the text of an SVG that needs no style
// of the page: what the page's rules decide about its shapes is written into each of them.

/** What rules decide about shapes and letters. */
const WRITTEN = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linejoin',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'transform',
] as const
/** What only the page needs. */
const LEFT_OUT = /^(class|style|role|tabindex|aria-.*|data-.*)$/

export interface PictureLook {
  title: string
  paper: string
  ink?: string
  /** Names that the page has beside the drawing. */
  below?: readonly string[]
}

const COLUMNS = 3
const LINE = 18

export function pictureSvg(picture: SVGSVGElement, { title, paper, ink = 'currentColor', below = [] }: PictureLook): string {
  const { x, y, width, height: drawn } = picture.viewBox.baseVal
  const height = drawn + Math.ceil(below.length / COLUMNS) * LINE + (below.length > 0 ? LINE / 2 : 0)
  const copy = picture.cloneNode(true) as SVGSVGElement
  const own = [...picture.querySelectorAll<SVGElement>('*')]
  const copies = [...copy.querySelectorAll<SVGElement>('*')]
  for (const [at, one] of copies.entries()) {
    const style = getComputedStyle(own[at] as SVGElement)
    for (const name of WRITTEN) {
      const value = style.getPropertyValue(name)
      if (value !== '' && value !== 'none') one.setAttribute(name, value)
      else if (name === 'fill' || name === 'stroke') one.setAttribute(name, value || 'none')
    }
    plain(one)
  }
  plain(copy)
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('viewBox', [x, y, width, height].join(' '))
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  const made = (name: string) => document.createElementNS('http://www.w3.org/2000/svg', name)
  const ground = made('rect')
  for (const [name, value] of Object.entries({ x, y, width, height, fill: paper })) ground.setAttribute(name, String(value))
  const names = below.map((words, at) => {
    const name = made('text')
    const [column, line] = [at % COLUMNS, Math.floor(at / COLUMNS)]
    const look = { x: x + 8 + (column * width) / COLUMNS, y: y + drawn + (line + 1) * LINE, fill: ink, 'font-size': 12 }
    for (const [key, value] of Object.entries({ ...look, 'font-family': 'system-ui, sans-serif' })) name.setAttribute(key, String(value))
    name.textContent = words
    return name
  })
  const named = made('title')
  named.textContent = title
  copy.prepend(named, ground)
  copy.append(...names)
  return `${new XMLSerializer().serializeToString(copy)}\n`
}

function plain(one: Element): void {
  for (const { name } of [...one.attributes]) if (LEFT_OUT.test(name)) one.removeAttribute(name)
}
