// Builds the service worker after the page, since it must know every file of the site.
//
// In: the finished folder. Out: `service-worker.js` in it, with the list of files and a fingerprint for each whose name has none.
// It is a classic script in one piece: not every browser takes modules there.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'

import { build, type Plugin } from 'vite'

/** Vite puts a fingerprint into the names of these. */
const NAMED_BY_CONTENT = /^assets\/.*-[\w-]{8}\.\w+$/
/** Asked for anew at each start; there is nothing to show without them. */
const NEVER_KEPT = /^(local-data\.json|service-worker\.js|data\/.*)$/

export function offline(): Plugin {
  let folder = ''
  let failed = false
  return {
    name: 'contrastvae-offline',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    buildEnd(error) {
      failed = Boolean(error)
    },
    async closeBundle() {
      if (failed) return
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .filter((file) => !NEVER_KEPT.test(file))
        .sort()
      const page = files
        .filter((file) => !file.endsWith('.wasm'))
        .map((url) => ({ url, revision: NAMED_BY_CONTENT.test(url) ? null : fingerprint(join(folder, url)) }))
      const modules = files.filter((file) => file.endsWith('.wasm'))
      await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        define: { SITE_FILES: JSON.stringify({ page, modules }), 'process.env.NODE_ENV': '"production"' },
        build: {
          outDir: folder,
          emptyOutDir: false,
          lib: {
            entry: resolve('www/features/offline/service-worker.ts'),
            formats: ['iife'],
            name: 'serviceWorker',
            fileName: () => 'service-worker.js',
          },
        },
      })
    },
  }
}

const fingerprint = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)
