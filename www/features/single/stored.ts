// Modules that the page in one file carries in itself, where other copies of the page fetch them.
//
// In: a module, packed by gzip and written in base64 (`vite.single.ts`). Out: what `fetch` would answer, so that whoever compiles it
// need not know.

/** A `fetch` that answers each address with the module of `written`. */
export const stored = (written: string) => async (): Promise<Response> => {
  // Not out of a blob, which WebKit does not read in a page from a disk.
  const packed = new Response(fromBase64(written)).body
  return new Response(packed?.pipeThrough(new DecompressionStream('gzip')), { headers: { 'content-type': 'application/wasm' } })
}

function fromBase64(written: string): Uint8Array<ArrayBuffer> {
  const letters = atob(written)
  const bytes = new Uint8Array(letters.length)
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at)
  return bytes
}
