// A matrix as NumPy's own format, version 1.0: little-endian 32-bit floats, rows in order.

import type { Piece } from './encoder'

export function npy(values: Float32Array, dimensions: number): Piece {
  const rows = values.length / Math.max(1, dimensions)
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimensions}), }`
  // Ten bytes stand before the header; with its line end all of it is a multiple of 64.
  const header = `${text}${' '.repeat(63 - ((10 + text.length) % 64))}\n`
  const bytes = new Uint8Array(10 + header.length + 4 * values.length)
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0])
  const view = new DataView(bytes.buffer)
  view.setUint16(8, header.length, true)
  bytes.set(new TextEncoder().encode(header), 10)
  const first = 10 + header.length
  values.forEach((value, at) => view.setFloat32(first + 4 * at, value, true))
  return bytes
}
