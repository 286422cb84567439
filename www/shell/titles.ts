// Search among the titles of a log: every word must occur; titles that begin with the text come first, then popular ones.

export class Titles {
  readonly #folded: string[]
  readonly #order: Uint32Array

  constructor(titles: readonly string[], counts: Uint32Array) {
    this.#folded = titles.map(fold)
    this.#order = Uint32Array.from(titles.keys()).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b)
  }

  /** Indices of the best `most` titles; the most popular ones where nothing is asked. */
  search(query: string, most: number): number[] {
    const wanted = fold(query).trim()
    const words = wanted.split(/\s+/)
    const first: number[] = []
    const others: number[] = []
    for (const item of this.#order) {
      const title = this.#folded[item] ?? ''
      if (!words.every((word) => title.includes(word))) continue
      if (title.startsWith(wanted)) first.push(item)
      else if (others.length < most) others.push(item)
      if (first.length >= most) break
    }
    return [...first, ...others].slice(0, most)
  }
}

/** Without case and accents: "Amélie" is found by "amelie". */
const fold = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
