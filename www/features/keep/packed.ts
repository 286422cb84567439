// A kept run as one file: what the page knows of it, and its checkpoint behind.
//
// In: both. Out: a blob, and back without reading the checkpoint. One file, so that the two cannot be of different moments.
//
//     "CVKEPT01", length of the JSON (32 bits, little-endian), the JSON, the zip archive of the checkpoint

import type { LossSnapshot } from '../../../pkg/src/history'
import type { Example, ReadOptions } from '../../../pkg/src/protocol'
import type { RunRecord } from '../../shell/runs.svelte'

/** Where the data of a kept run comes from. */
export type KeptSource = { options: ReadOptions } & (
  | { kind: 'example'; example: Partial<Example> }
  | {
      kind: 'file'
      names: string[]
      /** Names of the copies in the store; empty where the files were too large for copies. */
      stored: string[]
      bytes: number
    }
)

/** What the page knows of a kept run. */
export interface KeptRun {
  id: string
  /** The tab that works on it, as long as that is open. */
  tab: string
  /** Milliseconds since 1970. */
  savedAt: number
  source: KeptSource
  data: { name: string; users: number; items: number; interactions: number }
  epoch: number
  epochs: number
  step: number
  /** Whether there is nothing to go on with. */
  over: boolean
  /** Bytes of the checkpoint. */
  bytes: number
  losses: LossSnapshot
  run: RunRecord | null
}

const MAGIC = 'CVKEPT01'
const HEADER = MAGIC.length + 4
/** More than any run of ten thousand epochs has to tell; a length beyond it is damage. */
const MOST_JSON = 64 << 20

export function pack(kept: KeptRun, archive: Uint8Array): Blob {
  const json = new TextEncoder().encode(JSON.stringify(kept))
  const header = new Uint8Array(HEADER)
  header.set(new TextEncoder().encode(MAGIC))
  new DataView(header.buffer).setUint32(MAGIC.length, json.length, true)
  return new Blob([header, json, archive as Uint8Array<ArrayBuffer>])
}

/** Null where the file is none of this version, or was not written to its end. */
export async function unpack(file: Blob): Promise<{ kept: KeptRun; archive: Blob } | null> {
  const header = new Uint8Array(await file.slice(0, HEADER).arrayBuffer())
  if (header.length < HEADER || new TextDecoder().decode(header.subarray(0, MAGIC.length)) !== MAGIC) return null
  const length = new DataView(header.buffer).getUint32(MAGIC.length, true)
  if (length > MOST_JSON || HEADER + length > file.size) return null
  try {
    const kept = JSON.parse(await file.slice(HEADER, HEADER + length).text()) as KeptRun
    const archive = file.slice(HEADER + length)
    return archive.size === kept.bytes ? { kept, archive } : null
  } catch {
    return null
  }
}
