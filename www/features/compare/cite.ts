// A run as it can be cited: version, configuration, seed and data, and an address that begins the same again.
//
// In: a run's record, the version of the page, and the part of the address that restores its settings. Out: the address, a sentence for a
// footnote and an entry for BibTeX. The data itself is in no address: it is named by its name and size.

import { MADE_BY } from '../../shell/made-by'
import type { RunRecord } from '../../shell/runs.svelte'

export interface Citation {
  address: string
  sentence: string
  bibtex: string
}

interface Origin {
  /** Of this page, without settings. */
  page: string
  version: string
  /** What restores the settings, from the `#` on. */
  hash: string
  /** When it was cited. */
  year: number
}

export function citationOf({ name, data, device, values }: RunRecord, { page, version, hash, year }: Origin): Citation {
  const address = new URL(page)
  address.searchParams.set(MADE_BY, version)
  address.searchParams.set('stage', 'train')
  address.hash = hash
  const on = `${data.name} (${data.users} users, ${data.items} items, ${data.interactions} interactions)`
  const how = `version ${version}, run “${name}”, seed ${String(values['seed'])}, on ${on}, computed on ${device}`
  return {
    address: address.href,
    sentence: `ContrastVAE Lab, ${how}. ${address.href}`,
    bibtex: [
      '@software{contrastvae-lab,',
      '  title = {{ContrastVAE Lab}},',
      `  version = {${version}},`,
      `  year = {${year}},`,
      `  url = {${address.href}},`,
      `  note = {Run ${plain(name)}, seed ${String(values['seed'])}, on ${plain(on)}, computed on ${plain(device)}}`,
      '}',
    ].join('\n'),
  }
}

/** Without the signs that mean something to TeX. */
const plain = (words: string) =>
  words
    .replace(/[\\{}$&#^_~%]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
