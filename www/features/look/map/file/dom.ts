// Elements of a page that has no framework: what is made of a title is text and never markup.

type Properties = Partial<{ class: string; text: string; hidden: boolean; type: string; id: string }> & Record<string, unknown>

/** An element with attributes; `text` becomes its text, a function a listener of the event that it is called after (`onclick`). */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: Node[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  fill(made, properties)
  made.append(...children)
  return made
}

const SVG = 'http://www.w3.org/2000/svg'

export function drawing(name: string, properties: Properties = {}, ...children: Node[]): SVGElement {
  const made = document.createElementNS(SVG, name)
  fill(made, properties)
  made.append(...children)
  return made
}

function fill(made: Element, properties: Properties): void {
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'text') made.textContent = String(value)
    else if (typeof value === 'function') made.addEventListener(key.slice(2), value as EventListener)
    else if (typeof value === 'boolean' && !key.startsWith('aria-')) made.toggleAttribute(key, value)
    else made.setAttribute(key, String(value))
  }
}
