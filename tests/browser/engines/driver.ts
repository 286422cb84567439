// One face over three engines: what the journeys ask of a browser. Things are found as a person would name them.

export const ENGINES = ['webkit', 'firefox', 'chromium'] as const
export type Engine = (typeof ENGINES)[number]

/** Something on the page: by its accessible name, its words, or a selector; the first that is seen. */
export interface Target {
  button?: string
  label?: string
  text?: string
  css?: string
  /** Selector of what it is looked for in. */
  within?: string
}

export interface Opening {
  /** Address of a proxy that everything but this machine is asked through. */
  proxy: string
  /** Folder that the browser keeps its storage in. */
  profile: string
  /** Folder that downloads go to. */
  downloads: string
}

/** What an engine can do by itself; `Driver` is made of it. */
export interface Steering {
  readonly version: string
  /** What the page wrote to the console as a warning or an error since it was asked last. */
  complaints(): string[]
  goto(url: string): Promise<void>
  reload(): Promise<void>
  /** Value of an expression, which may be a promise; anything that JSON can hold. */
  evaluate(expression: string): Promise<unknown>
  click(css: string): Promise<void>
  press(key: string): Promise<void>
  files(css: string, paths: readonly string[]): Promise<void>
  resize(width: number, height: number): Promise<void>
  screenshot(path: string): Promise<void>
  close(): Promise<void>
}

/** Marks what was found, so that the engine can act on it. */
const MARK = 'data-journey'

/** Runs in the page. */
function mark(target: Target, attribute: string, name: string): boolean {
  const seen = (element: Element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden'
  const tidy = (words: string | null | undefined) => (words ?? '').replace(/\s+/g, ' ').trim()
  const named = (element: Element) => tidy(element.getAttribute('aria-label') ?? element.textContent)
  const labelled = (element: Element) =>
    [element.getAttribute('aria-label'), ...[...((element as HTMLInputElement).labels ?? [])].map(({ textContent }) => textContent)].map(
      tidy,
    )
  const root = target.within ? document.querySelector(target.within) : document
  if (!root) return false
  const all = (selector: string) => [...root.querySelectorAll(selector)]
  const found =
    target.css !== undefined
      ? all(target.css)
      : target.button !== undefined
        ? all('button, summary, [role=button]').filter((element) => named(element) === target.button && seen(element))
        : target.label !== undefined
          ? all('input, select, textarea').filter((element) => labelled(element).some((words) => words.startsWith(target.label ?? '')))
          : all('label, summary, span, a, legend').filter((element) => tidy(element.textContent) === target.text && seen(element))
  for (const element of document.querySelectorAll(`[${attribute}="${name}"]`)) element.removeAttribute(attribute)
  found[0]?.setAttribute(attribute, name)
  found[0]?.scrollIntoView({ block: 'center', behavior: 'instant' })
  return found.length > 0
}

export class Driver {
  constructor(
    readonly engine: Engine,
    readonly steering: Steering,
    readonly downloads: string,
  ) {}

  /** Value of a function that runs in the page; its arguments and its value are JSON. */
  async page<Given extends unknown[], Value>(work: (...given: Given) => Value | Promise<Value>, ...given: Given): Promise<Value> {
    return (await this.steering.evaluate(`(${work.toString()})(...${JSON.stringify(given)})`)) as Value
  }

  /** Value of `look` once it is true; whatever it throws meanwhile counts as not yet. */
  async until<Value>(what: string, look: () => Promise<Value>, milliseconds = 30_000): Promise<NonNullable<Value>> {
    const end = Date.now() + milliseconds
    let trouble = ''
    for (;;) {
      try {
        const value = await look()
        if (value) return value
        trouble = ''
      } catch (error) {
        trouble = `: ${error instanceof Error ? error.message : String(error)}`
      }
      if (Date.now() > end) throw new Error(`${this.engine}: waited ${milliseconds} ms in vain for ${what}${trouble}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async click(target: Target): Promise<void> {
    await this.steering.click(await this.#find(target))
  }

  /** Writes into a field, as by the keyboard: the page hears of it. */
  async fill(target: Target, value: string): Promise<void> {
    const css = await this.#find(target)
    const write = (css: string, value: string) => {
      const input = document.querySelector<HTMLInputElement>(css)
      if (!input) throw new Error(css)
      input.value = value
      for (const name of ['input', 'change']) input.dispatchEvent(new Event(name, { bubbles: true }))
    }
    await this.page(write, css, value)
  }

  async files(target: Target, paths: readonly string[]): Promise<void> {
    await this.steering.files(await this.#find(target), paths)
  }

  /** Words of the first element of a selector; null if there is none. */
  text(css: string): Promise<string | null> {
    return this.page((css) => document.querySelector<HTMLElement>(css)?.innerText.replace(/\s+/g, ' ').trim() ?? null, css)
  }

  /** Waits for words of an element, or for a pattern of them. */
  async says(css: string, words: string | RegExp, milliseconds?: number): Promise<string> {
    let last: string | null = null
    const look = async () => {
      last = await this.text(css)
      return last !== null && (typeof words === 'string' ? last.includes(words) : words.test(last)) ? last : null
    }
    return this.until(`“${String(words)}” in ${css}`, look, milliseconds).catch((error: Error) => {
      throw new Error(`${error.message}; it says “${String(last)}”`)
    })
  }

  async #find(target: Target): Promise<string> {
    await this.until(JSON.stringify(target), () => this.page(mark, target, MARK, 'here'))
    return `[${MARK}="here"]`
  }
}
