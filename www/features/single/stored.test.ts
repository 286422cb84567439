import { gzipSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { stored } from './stored'
import { inline, policyOf } from './vite.single'

test('a module comes out of its text as it went in', async () => {
  const module = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 31) % 251)
  const answer = await stored(gzipSync(module).toString('base64'))()
  expect(answer.ok).toBe(true)
  expect(answer.headers.get('content-type')).toBe('application/wasm')
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(module)
})

const PAGE = `<html><head>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'" />
<link rel="manifest" href="./manifest.webmanifest" />
<link rel="icon" href="data:image/svg+xml,x" />
<script src="./first.js"></script>
<script type="module" crossorigin src="./assets/index-1.js"></script>
<link rel="stylesheet" crossorigin href="./assets/index-1.css">
</head><body></body></html>`

test('script and style stand in the page, and no address of a file is left', () => {
  const page = inline(PAGE, { first: 'look()', main: 'const end = "</script><!-- $& -->"' }, 'b { color: red }')
  expect(page).not.toMatch(/(src|href)="\.\//)
  expect(page).toContain('<style>b { color: red }</style>')
  expect(page).toContain('const end = "<\\/script><\\!-- $& -->"')
  // What looks at the browser comes first.
  expect(page.indexOf('<script>look()</script>')).toBeLessThan(page.indexOf('<script type="module">'))
  expect(page.match(/<\/script>/g)).toHaveLength(2)
  // A data: address is no file.
  expect(page).toContain('rel="icon"')
})

test('the policy names each script by its hash, and allows no connection', () => {
  const policy = policyOf(['alert(1)'])
  // echo -n 'alert(1)' | openssl dgst -sha256 -binary | base64
  expect(policy).toContain("script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' 'wasm-unsafe-eval';")
  expect(policy).toContain("default-src 'none'; connect-src 'none';")
  expect(inline(PAGE, { first: 'alert(1)', main: 'alert(2)' }, '')).toContain(policyOf(['alert(1)', 'alert(2)']))
})
