// Files that the reader of logs does not open by itself, spreadsheets and what zstd, xz or bzip2 packed, also inside Parquet: unpacked here
// first, by a module and in a worker of their own, which are fetched where such a file is opened.
//
// In: the files of a command. Out: the same, with a file of what came out in the place of each that is packed. A sheet of a spreadsheet is
// a file of a zip archive, so that the reader of logs chooses among them as among other files.

import { isBuilt } from './built'
import { pageWorker } from './page-worker'
import { usesZstd } from './parquet-codec'
import unpackUrl from './unpack-worker?worker&url'

export type Packed = 'stream' | 'workbook'

/** Why a file cannot be unpacked. */
export type UnpackFault = 'password' | 'large' | 'damaged' | 'empty' | 'short' | 'unreadable' | 'notBuilt' | 'cancelled'

export class UnpackError extends Error {
  override name = 'UnpackError'
  constructor(
    readonly fault: UnpackFault,
    readonly file: string,
  ) {
    super(fault)
  }
}

/** The first message to the worker. */
export interface UnpackRequest {
  module: WebAssembly.Module
  file: File
  packed: Packed
}

/** How far the worker is in the file, the end of it, or why there is none. */
export type UnpackAnswer = { done: number } | { unpacked: Blob } | { fault: UnpackFault }

/** Told of how many bytes are done, of how many. */
export type Progress = (done: number, total: number) => void

const HEAD_BYTES = 128
/** Names of an archive's files stand at its end. */
const TAIL_BYTES = 1 << 16
const STREAMS: readonly (readonly number[])[] = [
  // zstd, xz, bzip2
  [0x28, 0xb5, 0x2f, 0xfd],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  [0x42, 0x5a, 0x68],
]
const OLE = [0xd0, 0xcf, 0x11, 0xe0]
const ZIP = [0x50, 0x4b, 3, 4]
const PARQUET = [0x50, 0x41, 0x52, 0x31]
/** Endings that packing adds to a name. */
const ENDING = /\.(zst|zstd|xz|bz2|bzip2)$/i

/** How a file must be unpacked before the reader of logs can open it, by its bytes; null where it need not be. */
export async function packedOf(file: Blob): Promise<Packed | null> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())
  const begins = (magic: readonly number[]) => magic.every((byte, at) => head[at] === byte)
  // The digits of pi begin a block of bzip2, those of its root an empty one; a text may begin with the three letters.
  const isBzip2 = (head[4] === 0x31 && head[5] === 0x41) || (head[4] === 0x17 && head[5] === 0x72)
  if (STREAMS.some((magic) => begins(magic) && (magic.length > 3 || isBzip2))) return 'stream'
  if (begins(OLE)) return 'workbook'
  if (begins(PARQUET)) return (await usesZstd(file)) ? 'stream' : null
  if (!begins(ZIP)) return null
  const latin = new TextDecoder('latin1')
  if (latin.decode(head).includes('application/vnd.oasis.opendocument.spreadsheet')) return 'workbook'
  const tail = latin.decode(await file.slice(Math.max(0, file.size - TAIL_BYTES)).arrayBuffer())
  return tail.includes('xl/workbook') ? 'workbook' : null
}

/** What came out of a file, so that another look at the same one unpacks nothing. */
const known = new WeakMap<File, File>()

/** The files as the reader of logs opens them. Whoever aborts `signal` ends it. */
export async function unpackAll(files: readonly File[], progress: Progress, signal: AbortSignal): Promise<File[]> {
  const ready: File[] = []
  for (const file of files) {
    const before = known.get(file)
    // A script may hand over anything; the worker tells what is no file.
    const packed = before || !(file instanceof File) ? null : await packedOf(file).catch(() => null)
    if (packed) known.set(file, await unpack(file, packed, progress, signal))
    ready.push(known.get(file) ?? file)
  }
  return ready
}

async function unpack(file: File, packed: Packed, progress: Progress, signal: AbortSignal): Promise<File> {
  if (!isBuilt('unpack')) throw new UnpackError('notBuilt', file.name)
  const module = await compiled()
  if (signal.aborted) throw new UnpackError('cancelled', file.name)
  const worker = pageWorker(unpackUrl, import.meta.url, 'contrastvae-unpack')
  try {
    const unpacked = await new Promise<Blob>((resolve, reject) => {
      const fail = (fault: UnpackFault) => reject(new UnpackError(fault, file.name))
      signal.addEventListener('abort', () => fail('cancelled'), { once: true })
      worker.onmessage = ({ data }: MessageEvent<UnpackAnswer>) => {
        if ('done' in data) progress(data.done, file.size)
        else if ('unpacked' in data) resolve(data.unpacked)
        else fail(data.fault)
      }
      // A workbook that takes more memory than there is ends the module.
      worker.onerror = (event) => {
        event.preventDefault()
        fail(packed === 'workbook' ? 'large' : 'damaged')
      }
      worker.postMessage({ module, file, packed } satisfies UnpackRequest)
    })
    return new File([unpacked], packed === 'workbook' ? named(file.name) : file.name.replace(ENDING, ''))
  } finally {
    worker.terminate()
  }
}

/** A workbook's name tells the reader of logs that its files are sheets. */
const named = (name: string) => (/\.(xlsx|xlsm|xlsb|xls|ods)$/i.test(name) ? name : `${name}.xlsx`)

let module: Promise<WebAssembly.Module> | null = null

/** The module, fetched once; a fetch that failed may be tried again. */
function compiled(): Promise<WebAssembly.Module> {
  module ??= WebAssembly.compileStreaming(fetch(new URL('../dist/unpack/contrastvae_bg.wasm', import.meta.url)))
  module.catch(() => (module = null))
  return module
}
