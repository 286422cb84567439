// A spreadsheet (.xlsx, ECMA-376) of one sheet, written while its rows come.
//
// In: rows. Out: pieces of a zip archive whose only long entry, the sheet, is deflated by the browser and followed by its lengths, so that
// neither it nor the archive is ever in memory as a whole. Texts stand in their cells: a table of shared texts would have to be kept until
// the end.

import { type Encoder, FIELDS, type Piece, type Row } from './encoder'
import { SHEET_ROWS } from './limits'

const encode = (text: string): Piece => new TextEncoder().encode(text)

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

function crc(bytes: Uint8Array, before: number): number {
  let value = ~before
  for (const byte of bytes) value = (CRC_TABLE[(value ^ byte) & 0xff] as number) ^ (value >>> 8)
  return ~value >>> 0
}

/** Numbers of 16 and 32 bits, the least byte first. */
function numbers(...all: readonly (readonly [bits: 16 | 32, value: number])[]): Piece {
  const bytes = new Uint8Array(all.reduce((sum, [bits]) => sum + bits / 8, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [bits, value] of all) {
    if (bits === 16) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += bits / 8
  }
  return bytes
}

interface Entry {
  name: Piece
  offset: number
  method: number
  flags: number
  sum: number
  packed: number
  size: number
}

const DEFLATED = 8
/** Sum and lengths follow the entry. */
const FOLLOWED = 8
/** The first of January 1980: a file says nothing of when it was made. */
const DATE = 0x21

const header = ({ name, method, flags, sum, packed, size }: Entry): Piece[] => [
  numbers([32, 0x04034b50], [16, 20], [16, flags], [16, method], [16, 0], [16, DATE]),
  numbers([32, sum], [32, packed], [32, size], [16, name.length], [16, 0]),
  name,
]

const directory = ({ name, offset, method, flags, sum, packed, size }: Entry): Piece[] => [
  numbers([32, 0x02014b50], [16, 20], [16, 20], [16, flags], [16, method], [16, 0], [16, DATE], [32, sum], [32, packed], [32, size]),
  numbers([16, name.length], [16, 0], [16, 0], [16, 0], [16, 0], [32, 0], [32, offset]),
  name,
]

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
const PARTS: readonly (readonly [string, string])[] = [
  [
    '[Content_Types].xml',
    `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
      `<Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/>` +
      `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPE}.worksheet+xml"/></Types>`,
  ],
  [
    '_rels/.rels',
    `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ],
  [
    'xl/workbook.xml',
    `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="lists" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  ],
  [
    'xl/_rels/workbook.xml.rels',
    `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
  ],
]
const SHEET_BEGINS =
  `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>` +
  '<sheetData>'
const SHEET_ENDS = '</sheetData></worksheet>'

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
// What XML 1.0 cannot hold; Excel takes `_x0007_` for such a sign, and a text that looks so for a sign unless its line is escaped as well.
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const hexadecimal = (sign: string) => `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`

/** A cell of text. Excel holds 32,767 signs in one. */
const text = (value: string) =>
  `<c t="inlineStr"><is><t xml:space="preserve">${value
    .slice(0, 32_767)
    .replace(FORBIDDEN, hexadecimal)
    .replace(/[&<>]/g, (sign) => ESCAPES[sign] ?? sign)}</t></is></c>`
const number = (value: number) => `<c><v>${value}</v></c>`

export class Sheet implements Encoder {
  #offset = 0
  readonly #entries: Entry[] = []
  #rows = 0
  /** The sheet's entry; its lengths are known at the end. */
  #sheet: Entry | null = null
  readonly #deflate = new CompressionStream('deflate-raw')
  readonly #writer = this.#deflate.writable.getWriter()
  #packed: Piece[] = []
  readonly #read = this.#collect()

  async add(rows: readonly Row[]): Promise<Piece[]> {
    this.#rows += rows.length
    if (this.#rows > SHEET_ROWS) throw new Error('too many rows for a spreadsheet')
    const lines = rows.map(
      ({ user, rank, item, title, score }) => `<row>${text(user)}${number(rank)}${text(item)}${text(title)}${number(score)}</row>`,
    )
    return [...this.#begin(), ...(await this.#pack(lines.join('')))]
  }

  async finish(): Promise<Piece[]> {
    const pieces = this.#begin()
    await this.#feed(SHEET_ENDS)
    await this.#writer.close()
    await this.#read
    pieces.push(...this.#taken())
    const sheet = this.#sheet as Entry
    pieces.push(...this.#out([numbers([32, 0x08074b50], [32, sheet.sum], [32, sheet.packed], [32, sheet.size])]))
    const start = this.#offset
    const contents = this.#entries.flatMap(directory)
    const length = contents.reduce((sum, piece) => sum + piece.length, 0)
    const count = this.#entries.length
    const end = numbers([32, 0x06054b50], [16, 0], [16, 0], [16, count], [16, count], [32, length], [32, start], [16, 0])
    return [...pieces, ...this.#out([...contents, end])]
  }

  /** What comes before the rows, once. */
  #begin(): Piece[] {
    if (this.#sheet) return []
    const pieces: Piece[] = []
    for (const [name, content] of PARTS) {
      const bytes = encode(XML + content)
      const entry = this.#entry(name, { method: 0, flags: 0, sum: crc(bytes, 0), packed: bytes.length, size: bytes.length })
      pieces.push(...this.#out([...header(entry), bytes]))
    }
    this.#sheet = this.#entry('xl/worksheets/sheet1.xml', { method: DEFLATED, flags: FOLLOWED, sum: 0, packed: 0, size: 0 })
    pieces.push(...this.#out(header(this.#sheet)))
    void this.#feed(`${SHEET_BEGINS}<row>${FIELDS.map(text).join('')}</row>`)
    return pieces
  }

  #entry(name: string, rest: Omit<Entry, 'name' | 'offset'>): Entry {
    const entry = { name: encode(name), offset: this.#offset, ...rest }
    this.#entries.push(entry)
    return entry
  }

  #out(pieces: Piece[]): Piece[] {
    for (const piece of pieces) this.#offset += piece.length
    return pieces
  }

  async #feed(text: string): Promise<void> {
    const bytes = encode(text)
    const sheet = this.#sheet as Entry
    sheet.sum = crc(bytes, sheet.sum)
    sheet.size += bytes.length
    await this.#writer.write(bytes)
  }

  async #pack(text: string): Promise<Piece[]> {
    await this.#feed(text)
    return this.#taken()
  }

  /** What was packed since the last time. */
  #taken(): Piece[] {
    const pieces = this.#packed
    this.#packed = []
    ;(this.#sheet as Entry).packed += pieces.reduce((sum, piece) => sum + piece.length, 0)
    return this.#out(pieces)
  }

  async #collect(): Promise<void> {
    const reader = this.#deflate.readable.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      this.#packed.push(value as Piece)
    }
  }
}
