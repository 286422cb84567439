// Makes the page in one file, which opens from a disk, a stick or a school's learning platform.
//
// In: the page as Vite bundles it, and the modules in `pkg/dist/`. Out: `contrastvae-lab.html`, in which scripts, styles, workers and
// modules stand inline. A worker is the text of its script, a module what `stored.ts` unpacks. Of the modules only those for one core of the
// CPU and for packed files are in it: a browser shares no memory among the workers of a file, and the module for the GPU is three times as large.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

import { build, type Plugin } from 'vite'

import { TARGET } from '../../../pkg/vite.target.ts'

/** The finished file. */
export const FILE = 'contrastvae-lab.html'

/** What looks at the browser before the page does. */
const FIRST = 'public/first.js'
const INLINED = ['cpu', 'unpack'] as const
const WORKER = /^(.*)\?worker&url$/
const MODULE = 'virtual:contrastvae-module/'
const ABSENT = '\0contrastvae-absent'
/** Sources that fetch a module, and which. */
const FETCHING = /\/pkg\/src\/(worker|unpack)\.ts$/
const GLUE = /\/pkg\/dist\/(?:cpu|unpack)\/contrastvae\.js$/
const OTHER_GLUE = /\/dist\/(?:gpu|cpu-threads)\/contrastvae\.js$/

/** Constants of the page (`pkg/src/built.ts`). */
export function singleConstants(): Record<string, string> {
  const list = resolve('pkg/dist/built.json')
  const built = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Record<string, string>) : {}
  const inlined = INLINED.filter((name) => name in built)
  return {
    CONTRASTVAE_BUILT: JSON.stringify(Object.fromEntries(inlined.map((name) => [name, built[name]]))),
    CONTRASTVAE_FOR_NOW: 'false',
    CONTRASTVAE_SINGLE: 'true',
  }
}

/** Workers as the text of their scripts, and modules out of the bundle. */
function inlined(): Plugin {
  return {
    name: 'contrastvae-inlined',
    enforce: 'pre',
    async resolveId(id, importer) {
      if (id.startsWith(MODULE)) return `\0${id}`
      if (OTHER_GLUE.test(id)) return ABSENT
      const worker = WORKER.exec(id)?.[1]
      if (worker === undefined) return null
      // Its module for several cores is not here.
      if (worker.endsWith('/thread')) return ABSENT
      const script = await this.resolve(worker, importer)
      return script && `\0worker:${script.id}.text.js`
    },
    async load(id) {
      if (id === ABSENT) return 'export default ""'
      if (id.startsWith(`\0${MODULE}`)) {
        const module = readFileSync(resolve('pkg/dist', id.slice(MODULE.length + 1), 'contrastvae_bg.wasm'))
        return `export default ${JSON.stringify(gzipSync(module, { level: 9 }).toString('base64'))}`
      }
      const worker = /^\0worker:(.*)\.text\.js$/.exec(id)?.[1]
      return worker === undefined ? null : `export default ${JSON.stringify(await scriptOf(worker))}`
    },
    transform(code, id) {
      // Who starts a module hands it over; the glue's own address would put it into the bundle once more.
      if (GLUE.test(id)) return code.replaceAll("new URL('contrastvae_bg.wasm', import.meta.url)", 'undefined')
      const source = FETCHING.exec(id)?.[1]
      if (source === undefined) return null
      const named = code.replaceAll(/new URL\('\.\.\/dist\/[^']*', import\.meta\.url\)/g, "new URL('about:blank')")
      if (named === code || !/\bfetch\(/.test(code))
        this.error(`${id} fetches its module in another way than before: vite.single.ts must know it`)
      const from = JSON.stringify(`${MODULE}${source === 'worker' ? 'cpu' : 'unpack'}`)
      return `import { stored } from ${JSON.stringify(resolve('www/features/single/stored.ts'))}
import module_text from ${from}
const fetch = stored(module_text)
${named}`
    },
  }
}

/** The script of a worker, in one piece. */
async function scriptOf(entry: string): Promise<string> {
  const [result] = (await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: { ...singleConstants(), 'process.env.NODE_ENV': '"production"', 'import.meta.url': '""' },
    plugins: [inlined()],
    build: {
      write: false,
      target: TARGET,
      minify: true,
      // A classic script (`page-worker.ts` says why).
      lib: { entry, formats: ['iife'], name: 'contrastvae', fileName: 'worker' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })) as { output: { type: string; code?: string }[] }[]
  const scripts = (result?.output ?? []).filter(({ type }) => type === 'chunk')
  const code = scripts[0]?.code
  if (code === undefined || scripts.length > 1) throw new Error(`the script of the worker ${entry} is not in one piece`)
  return code
}

/** Everything in one file; for a build whose chunks are not split. */
export function single(): Plugin[] {
  return [
    inlined(),
    {
      name: 'contrastvae-single',
      enforce: 'post',
      generateBundle: {
        order: 'post',
        handler(_, bundle) {
          const files = Object.values(bundle)
          const scripts = files.filter((file) => file.type === 'chunk')
          const styles = files.flatMap((file) => (file.type === 'asset' && file.fileName.endsWith('.css') ? String(file.source) : []))
          const page = files.find((file) => file.type === 'asset' && file.fileName.endsWith('.html'))
          const others = files.filter((file) => file.type === 'asset' && !/\.(css|html)$/.test(file.fileName))
          if (scripts.length !== 1 || page?.type !== 'asset')
            this.error(`one script and one page were to come, not ${Object.keys(bundle).join(', ')}`)
          if (others.length > 0)
            this.error(`nothing puts these into the one file yet: ${others.map(({ fileName }) => fileName).join(', ')}`)
          const first = readFileSync(resolve(FIRST), 'utf8')
          const source = inline(String(page.source), { first, main: scripts[0]?.code ?? '' }, styles.join('\n'))
          for (const name of Object.keys(bundle)) delete bundle[name]
          this.emitFile({ type: 'asset', fileName: FILE, source })
        },
      },
    },
  ]
}

export interface Scripts {
  /** Runs before the page is there. */
  first: string
  main: string
}

// Neither may end the element that it stands in; within strings, where they occur, both mean the same.
const within = (script: string) => script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')

/** The page with scripts and style in the place of their addresses, and the policy for it. */
export function inline(page: string, scripts: Scripts, style: string): string {
  const [first, main] = [within(scripts.first), within(scripts.main)]
  const kept = page
    .replace(/<script src="[^"]*"><\/script>/, '')
    .replace(/<script type="module"[^>]*src="[^"]*"[^>]*><\/script>/, '')
    .replace(/<link\b[^>]*href="(?!data:)[^"]*"[^>]*>/g, '')
    .replace(/(http-equiv="Content-Security-Policy"\s+content=)"[^"]*"/, (_, opening: string) => `${opening}"${policyOf([first, main])}"`)
  // By a function, so that no sign in the script stands for something else.
  return kept.replace(
    '</head>',
    () => `<style>${style}</style>\n<script>${first}</script>\n<script type="module">${main}</script>\n</head>`,
  )
}

/** Nothing may be fetched or sent at all; scripts are known by their hashes. */
export function policyOf(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  return [
    "default-src 'none'",
    "connect-src 'none'",
    `script-src ${hashes.join(' ')} 'wasm-unsafe-eval'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ].join('; ')
}
