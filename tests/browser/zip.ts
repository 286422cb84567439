// Zip archives by hand, since Node brings nothing for them: written with every file stored as it is, which the format allows.

import { crc32, inflateRawSync } from 'node:zlib'

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50

/** 16-bit and 32-bit numbers one after another, the least byte first. */
function numbers(...fields: (readonly ['short' | 'long', number])[]): Buffer {
  return Buffer.concat(
    fields.map(([size, value]) => {
      const field = Buffer.alloc(size === 'short' ? 2 : 4)
      if (size === 'short') field.writeUInt16LE(value)
      else field.writeUInt32LE(value)
      return field
    }),
  )
}

export function zip(files: Record<string, Buffer>): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [path, bytes] of Object.entries(files)) {
    const name = Buffer.from(path)
    // Flags, method (0: stored), time, date, checksum, both sizes, lengths of name and extra field.
    const about = [
      ['short', 0],
      ['short', 0],
      ['short', 0],
      ['short', 0x21],
      ['long', crc32(bytes)],
      ['long', bytes.length],
      ['long', bytes.length],
      ['short', name.length],
      ['short', 0],
    ] as const
    const head = numbers(['long', LOCAL], ['short', 20], ...about)
    directory.push(
      numbers(
        ['long', CENTRAL],
        ['short', 20],
        ['short', 20],
        ...about,
        ['short', 0],
        ['short', 0],
        ['short', 0],
        ['long', 0],
        ['long', offset],
      ),
      name,
    )
    parts.push(head, name, bytes)
    offset += head.length + name.length + bytes.length
  }
  const index = Buffer.concat(directory)
  const count = Object.keys(files).length
  const end = numbers(
    ['long', END],
    ['short', 0],
    ['short', 0],
    ['short', count],
    ['short', count],
    ['long', index.length],
    ['long', offset],
    ['short', 0],
  )
  return Buffer.concat([...parts, index, end])
}

/** The files of an archive, stored or deflated, by its table of contents. */
export function unzip(archive: Buffer): Record<string, Buffer> {
  const files: Record<string, Buffer> = {}
  const end = archive.lastIndexOf(numbers(['long', END]))
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed, name] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20), archive.readUInt16LE(at + 28)]
    const [extra, comment, offset] = [archive.readUInt16LE(at + 30), archive.readUInt16LE(at + 32), archive.readUInt32LE(at + 42)]
    const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28)
    const bytes = archive.subarray(start, start + packed)
    files[archive.toString('utf8', at + 46, at + 46 + name)] = method === 0 ? bytes : inflateRawSync(bytes)
    at += 46 + name + extra + comment
  }
  return files
}
