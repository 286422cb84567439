// The codecs of a Parquet file, by its footer: the reader of logs unpacks all that are usual but zstd.
//
// In: a file. Out: whether a column in it is packed with zstd. The footer is a structure of Thrift's compact protocol; the numbers of its
// fields are those of parquet.thrift (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).

/** FileMetaData.row_groups, RowGroup.columns, ColumnChunk.meta_data, ColumnMetaData.codec. */
const CODEC = [4, 1, 3, 4]
const ZSTD = 6
/** The length of the footer and the magic stand behind it. */
const END_BYTES = 8
const MAGIC = 0x50415231

export async function usesZstd(file: Blob): Promise<boolean> {
  const end = file.size - END_BYTES
  if (end < 0) return false
  const tail = new DataView(await file.slice(end).arrayBuffer())
  const size = tail.getUint32(0, true)
  if (tail.getUint32(4) !== MAGIC || size > end) return false
  const footer = new Uint8Array(await file.slice(end - size, end).arrayBuffer())
  try {
    return holds(footer, CODEC, ZSTD)
  } catch {
    // The reader of logs says what is wrong with it.
    return false
  }
}

/** Kinds of Thrift's compact protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md. */
const [TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]

/** Whether a structure holds a number at the end of a path of fields; lists on the way are looked through. Fails where bytes are damaged. */
function holds(bytes: Uint8Array, path: readonly number[], wanted: number): boolean {
  let at = 0
  const byte = () => {
    const next = bytes[at++]
    if (next === undefined) throw new RangeError()
    return next
  }
  const varint = () => {
    let number = 0
    for (let factor = 1; ; factor *= 128) {
      const next = byte()
      number += (next & 127) * factor
      if (next < 128) return number
    }
  }
  const number = () => {
    const coded = varint()
    return coded % 2 ? -(coded + 1) / 2 : coded / 2
  }

  /** Passes a value over; `path` is what is left of the way to the number, or null beside it. */
  const value = (kind: number, path: readonly number[] | null): boolean => {
    if (at > bytes.length) throw new RangeError()
    switch (kind) {
      case TRUE:
      case FALSE:
        return false
      case BYTE:
        at += 1
        return false
      case I16:
      case I32:
      case I64:
        return number() === wanted && path?.length === 0
      case DOUBLE:
        at += 8
        return false
      case BINARY: {
        const length = varint()
        at += length
        return false
      }
      case LIST:
      case SET: {
        const head = byte()
        const count = head >> 4 === 15 ? varint() : head >> 4
        return some(count, () => element(head & 15, path))
      }
      case MAP: {
        const count = varint()
        const kinds = count ? byte() : 0
        return some(count, () => element(kinds >> 4, null) || element(kinds & 15, null))
      }
      case STRUCT:
        return structure(path)
      case UUID:
        at += 16
        return false
      default:
        throw new RangeError()
    }
  }
  const some = (count: number, found: () => boolean) => {
    for (let left = count; left > 0; left--) if (found()) return true
    return false
  }
  /** A truth value takes a byte in a list, and none in a structure. */
  const element = (kind: number, path: readonly number[] | null) => value(kind === TRUE || kind === FALSE ? BYTE : kind, path)
  const structure = (path: readonly number[] | null) => {
    let id = 0
    for (;;) {
      const head = byte()
      if (head === 0) return false
      id = head >> 4 ? id + (head >> 4) : number()
      if (value(head & 15, path?.[0] === id ? path.slice(1) : null)) return true
    }
  }
  return structure(path)
}
