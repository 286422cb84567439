// The version of the page that made a link to cite, in the address before the `#`.

export const MADE_BY = 'made-by'

/** The version that made the address, where it is another than this one; null otherwise. */
export function otherMaker(search: string, version: string): string | null {
  const maker = new URLSearchParams(search).get(MADE_BY)
  return maker !== null && maker !== version ? maker : null
}
