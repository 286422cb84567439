// Bundles the viewer of a saved map into one script, which the page holds as text until somebody saves a map.
//
// In: `viewer.ts`. Out: the module `virtual:contrastvae-map-viewer` with the script and its hash. A chunk of the page could not serve:
// the file has to run without the page, so it holds the map's own renderer once more.

import { createHash } from 'node:crypto'
import { resolve } from 'node:path'

import { build, type Plugin } from 'vite'

import { TARGET } from '../../../../../pkg/vite.target.ts'

const MODULE = 'virtual:contrastvae-map-viewer'
const ENTRY = resolve('www/features/look/map/file/viewer.ts')

export function mapViewer(): Plugin {
  return {
    name: 'contrastvae-map-viewer',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    async load(id) {
      if (id !== `\0${MODULE}`) return null
      const { script, sources } = await bundled()
      for (const source of sources) this.addWatchFile(source)
      const hash = `sha256-${createHash('sha256').update(script).digest('base64')}`
      return `export const script = ${JSON.stringify(script)}\nexport const hash = ${JSON.stringify(hash)}`
    },
  }
}

async function bundled(): Promise<{ script: string; sources: readonly string[] }> {
  const [result] = (await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: TARGET,
      minify: true,
      lib: { entry: ENTRY, formats: ['iife'], name: 'contrastvaeMap', fileName: 'viewer' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })) as { output: { type: string; code?: string; moduleIds?: string[] }[] }[]
  const chunks = (result?.output ?? []).filter(({ type }) => type === 'chunk')
  const code = chunks[0]?.code
  if (code === undefined || chunks.length > 1) throw new Error('the viewer of a saved map is not in one piece')
  // Neither may end the element that it stands in; within strings, where they occur, both mean the same.
  const script = code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--').trim()
  return { script, sources: chunks[0]?.moduleIds ?? [] }
}
