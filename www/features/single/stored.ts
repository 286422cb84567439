// Modules that the page in one file carries in itself, where other copies of the page fetch them.
//
// In: a module, packed by gzip and written in base64 (`vite.single.ts`). Out: what `fetch` would answer, so that whoever compiles it
// need not know.

/** A `fetch` that answers each address with the module of `written`. */
export const stored = (written: string) => async (): Promise<Response> => {
  const unpacked = new Blob([fromBase64(written)]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(unpacked, { headers: { 'content-type': 'application/wasm' } })
}

function fromBase64(written: string): Uint8Array<ArrayBuffer> {
  const letters = atob(written)
  const bytes = new Uint8Array(letters.length)
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at)
  return bytes
}
