// The map as one HTML file that opens anywhere and asks the network for nothing.
//
// In: the map as data, and the script and style of `viewer.ts`. Out: the text of the file. Its policy forbids every connection and every
// script but its own, so that even a fault in the escaping of a title could run nothing.

import { DATA, embedded, type MapFile } from './data'

export interface Viewer {
  script: string
  /** SHA-256 of the script, as a policy names it. */
  hash: string
  style: string
}

export function mapDocument(file: MapFile, { script, hash, style }: Viewer): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hash}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const caption = file.caption[file.language]
  return `<!doctype html>
<html lang="${file.language}" data-theme="${file.dark ? 'dark' : 'light'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="ContrastVAE Lab">
<title>${escaped(caption)}</title>
<link rel="icon" href="data:,">
<style>
${style}</style>
</head>
<body>
<noscript><p lang="en">This map needs JavaScript.</p><p lang="zh-Hant">這張地圖需要 JavaScript。</p></noscript>
<script type="application/json" id="${DATA}">${embedded(file)}</script>
<script>${script}</script>
</body>
</html>
`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (words: string) => words.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? '')
