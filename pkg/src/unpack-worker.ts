// Unpacks one file, piece by piece, and ends.
//
// In: the module and a file. Out: how far it is, then what came out, or a word for why nothing did. Pieces are kept as blobs, which a browser
// may put on the disk.

import * as built from '../dist/unpack/contrastvae.js'
import type { UnpackAnswer, UnpackFault, UnpackRequest } from './unpack'

/** What the module exports; a copy of the project that has not built it has none of this. */
interface Exports {
  initSync(options: { module: WebAssembly.Module }): unknown
  Unpacking: new (head: Uint8Array, size: number, read: (at: number, bytes: number) => Uint8Array) => { next(): Uint8Array }
  workbook(bytes: Uint8Array): Uint8Array
}
const { initSync, Unpacking, workbook } = built as unknown as Exports

/** Known to workers alone, and the compiler knows pages. */
declare const FileReaderSync: new () => { readAsArrayBuffer(file: Blob): ArrayBuffer }

const FAULTS: readonly string[] = ['password', 'large', 'damaged', 'empty', 'short', 'unreadable'] satisfies UnpackFault[]

const post = self.postMessage.bind(self) as (answer: UnpackAnswer) => void

self.addEventListener('message', ({ data: { module, file, packed } }: MessageEvent<UnpackRequest>) => {
  initSync({ module })
  try {
    post({ unpacked: packed === 'workbook' ? sheets(file) : stream(file) })
  } catch (error) {
    // The module itself gave up: there is no memory left for what it holds.
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) post({ fault: 'large' })
    else post({ fault: faultOf(error) })
  }
})

const faultOf = (error: unknown): UnpackFault => {
  const word = error instanceof Error ? error.message : ''
  return FAULTS.includes(word) ? (word as UnpackFault) : 'unreadable'
}

const read = (file: Blob) => new Uint8Array(new FileReaderSync().readAsArrayBuffer(file))

const sheets = (file: File) => new Blob([workbook(read(file)) as Uint8Array<ArrayBuffer>])

function stream(file: File): Blob {
  let done = 0
  const unpacking = new Unpacking(read(file.slice(0, 16)), file.size, (at, bytes) => {
    const piece = read(file.slice(at, at + bytes))
    done = at + piece.length
    return piece
  })
  const pieces: Blob[] = []
  for (;;) {
    const piece = unpacking.next()
    if (piece.length === 0) return new Blob(pieces)
    pieces.push(new Blob([piece as Uint8Array<ArrayBuffer>]))
    post({ done })
  }
}
