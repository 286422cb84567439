// Reads a file's next piece on a thread of its own, while the worker that asked for it cuts the piece before it.
//
// In: a file and a range of it. Out: the bytes, as they lie in memory, handed over and not copied.

import { Held } from './held'
import { blobWorker } from './page-worker'

/** What Rust asks with. The promise fails where this browser allows no such thread, or where the file cannot be read. */
export type ReadAhead = (file: Blob, from: number, to: number) => Promise<ArrayBuffer>

/** Known to workers alone, and the compiler knows pages. */
declare const FileReaderSync: new () => { readAsArrayBuffer(file: Blob): ArrayBuffer }

interface Request {
  id: number
  file: Blob
  from: number
  to: number
}

interface Answer {
  id: number
  bytes: ArrayBuffer | null
}

interface Waiting {
  resolve(bytes: ArrayBuffer): void
  reject(why: Error): void
}

/** After so long without a request the thread ends; the next request starts another. */
const IDLE_MILLISECONDS = 5000
/** A thread that says nothing for so long is given up; the file is then read without it. */
const SILENCE_MILLISECONDS = 20_000

/** What the thread does. It is sent there as text, so it can use nothing of this file. */
function serve(): void {
  const post = self.postMessage.bind(self) as (answer: Answer, transfer: Transferable[]) => void
  self.addEventListener('message', ({ data: { id, file, from, to } }: MessageEvent<Request>) => {
    let bytes: ArrayBuffer | null = null
    try {
      bytes = new FileReaderSync().readAsArrayBuffer(file.slice(from, to))
    } catch {
      // The one that asked reads it again, and tells what is wrong with it.
    }
    post({ id, bytes }, bytes ? [bytes] : [])
  })
}

export function readAhead(): ReadAhead {
  const waiting = new Map<number, Waiting>()
  let thread: Worker | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = 0

  const end = (why: string) => {
    clearTimeout(timer)
    thread?.terminate()
    thread = null
    for (const { reject } of waiting.values()) reject(new Error(why))
    waiting.clear()
  }
  const endAfter = (milliseconds: number, why: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => end(why), milliseconds)
  }
  const begin = (): Worker => {
    // A script with an address of its own would be one more file to fetch.
    const worker = blobWorker(`(${serve.toString()})()`, 'contrastvae-reading')
    worker.onmessage = ({ data: { id, bytes } }: MessageEvent<Answer>) => {
      if (bytes) waiting.get(id)?.resolve(bytes)
      else waiting.get(id)?.reject(new Error('The file cannot be read.'))
      waiting.delete(id)
      if (waiting.size === 0) endAfter(IDLE_MILLISECONDS, 'idle')
    }
    worker.onerror = (event) => {
      event.preventDefault()
      end(event.message)
    }
    return worker
  }

  return (file, from, to) =>
    new Promise((resolve, reject) => {
      if (file instanceof Held) {
        resolve(file.slice(from, to).read())
        return
      }
      thread ??= begin()
      const id = ++last
      waiting.set(id, { resolve, reject })
      endAfter(SILENCE_MILLISECONDS, 'The thread that reads files does not answer.')
      const request: Request = { id, file, from, to }
      thread.postMessage(request)
    })
}
