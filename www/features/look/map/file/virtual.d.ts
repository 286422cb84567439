// What `vite.viewer.ts` makes: the script of the map that stands in a file of its own.
declare module 'virtual:contrastvae-map-viewer' {
  export const script: string
  export const hash: string
}
