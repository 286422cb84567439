// Names that nobody else has. `crypto.randomUUID` is only there on secure origins, and this page is also served on plain ones.

export function newIdentity(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
