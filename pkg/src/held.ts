// Files for a worker that cannot read them.
//
// In: files that somebody chose. Out: their bytes, and at the worker's end files of these bytes. WebKit reads no blob in the worker of a page that
// was opened from a disk; the page itself does, and the page in one file is the only one that is opened so.

import { SINGLE } from './built'
import { blobWorker } from './page-worker'

export interface HeldFile {
  name: string
  bytes: ArrayBuffer
}

/** Known to workers alone, and the compiler knows pages. */
declare const FileReaderSync: { prototype: { readAsArrayBuffer(file: Blob): ArrayBuffer } } & (new () => unknown)

const PROBE = `let reads = false
try {
  reads = new FileReaderSync().readAsArrayBuffer(new Blob(['x'])).byteLength === 1
} catch {}
postMessage(reads)`

let probe: Promise<boolean> | null = null

/** Whether a worker of this page can read files; asked once. */
function workersRead(): Promise<boolean> {
  probe ??= new Promise((resolve) => {
    const worker = blobWorker(PROBE, 'contrastvae-probe')
    worker.addEventListener('message', ({ data }) => {
      worker.terminate()
      resolve(data === true)
    })
    worker.addEventListener('error', () => resolve(true))
  })
  return probe
}

/** The bytes of files, where a worker cannot read them; null where it can. */
export async function held(files: readonly File[]): Promise<HeldFile[] | null> {
  if (!SINGLE || (await workersRead())) return null
  return Promise.all(files.map(async (file) => ({ name: file.name, bytes: await file.arrayBuffer() })))
}

/** A file of bytes that are here. */
export class Held extends File {
  #bytes: Uint8Array<ArrayBuffer>

  constructor(name: string, bytes: Uint8Array<ArrayBuffer>) {
    super([], name)
    this.#bytes = bytes
  }

  override get size(): number {
    return this.#bytes.length
  }

  override slice(from?: number, to?: number): Held {
    return new Held(this.name, this.#bytes.subarray(from, to))
  }

  /** A copy of the bytes, which may be handed on. */
  read(): ArrayBuffer {
    return this.#bytes.slice().buffer
  }
}

/** Lets whoever reads a file in this worker read one that is held, too. */
export function readHeld(): void {
  const read = FileReaderSync.prototype.readAsArrayBuffer
  FileReaderSync.prototype.readAsArrayBuffer = function (file) {
    return file instanceof Held ? file.read() : read.call(this, file)
  }
}
