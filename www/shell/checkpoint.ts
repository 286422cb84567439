// A checkpoint as a file of the visitor's.
//
// In: its bytes, and what the run is of. Out: a name, and a download.

/** Most characters of the data's name in that of the file. */
const MOST_CHARACTERS = 40

/** `contrastvae-<name>-epoch<N>.zip`, with nothing in the name that a file system could object to. */
export function fileName(data: string, epoch: number): string {
  const plain = data
    .normalize('NFKD')
    .replace(/\.[a-z0-9]{1,7}$/i, '')
    .toLowerCase()
    .replace(/\p{Mark}/gu, '')
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .slice(0, MOST_CHARACTERS)
    .replace(/^-+|-+$/g, '')
  return `contrastvae-${plain || 'run'}-epoch${epoch}.zip`
}

/** The data's name at the beginning of another file's: without its ending, and with nothing that a file system could object to. */
export const stemOf = (data: string): string => data.replace(/\.[a-z0-9]{1,7}$/i, '').replace(/[^\p{Letter}\p{Number}]+/gu, '-') || 'log'

/** Puts a file among the visitor's downloads. */
export function saveFile(name: string, bytes: Uint8Array, type = 'application/zip'): void {
  saveBlob(name, new Blob([bytes as Uint8Array<ArrayBuffer>], { type }))
}

/** The same for what is a blob already. */
export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has taken hold of it by the time it comes back here, but some look at the address a moment later.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
