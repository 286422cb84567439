// Dots by name or identifier.

export interface Found {
  /** The first ones: those that begin with the text, then those that hold it. */
  dots: number[]
  total: number
}

/** Whether upper or lower case, and whatever the width of the letters. */
const plain = (text: string) => text.normalize('NFKC').toLowerCase()

/** An index of all names, made once; `find` looks through it letter by letter. */
export class Finder {
  readonly #names: readonly string[]
  readonly #ids: readonly string[] | null

  constructor(titles: readonly string[], ids: readonly string[] | null) {
    this.#names = titles.map(plain)
    this.#ids = ids && ids.map(plain)
  }

  find(text: string, most: number): Found {
    const sought = plain(text).trim()
    const [beginning, holding]: number[][] = [[], []]
    let total = 0
    if (sought === '') return { dots: [], total }
    for (let dot = 0; dot < this.#names.length; dot++) {
      const [name, id] = [this.#names[dot] as string, this.#ids?.[dot] ?? '']
      const begins = name.startsWith(sought) || id.startsWith(sought)
      if (!begins && !name.includes(sought) && !id.includes(sought)) continue
      total += 1
      const list = (begins ? beginning : holding) as number[]
      if (list.length < most) list.push(dot)
    }
    return { dots: [...(beginning as number[]), ...(holding as number[])].slice(0, most), total }
  }
}
