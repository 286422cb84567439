// What the page is told of the modules that lie in `pkg/`, and a reload of Vite's own server when one of them is new.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Plugin } from 'vite'

/** Constants of the page; `pkg/src/built.ts` reads them. */
export function built(): Record<string, string> {
  const list = resolve('pkg/dist/built.json')
  return {
    CONTRASTVAE_BUILT: existsSync(list) ? readFileSync(list, 'utf8') : '{}',
    CONTRASTVAE_FOR_NOW: JSON.stringify(process.env.CONTRASTVAE_FOR_NOW === '1'),
  }
}

/** A module is named by address, so that Vite does not see that it depends on it. */
export function reloadModules(): Plugin {
  return {
    name: 'contrastvae-reload-modules',
    apply: 'serve',
    configureServer(server) {
      server.watcher.add(resolve('pkg/dist/built.json'))
      server.watcher.on('all', (_, path) => {
        if (path.endsWith('.wasm')) server.ws.send({ type: 'full-reload' })
      })
    },
  }
}
