import { defineConfig, type Plugin } from 'vite'
import { TARGET } from './vite.target.ts'

/** The modules and the worker lie beside what is built here, and stay where they are. */
const beside: Plugin = {
  name: 'beside',
  enforce: 'pre',
  resolveId(id) {
    const module = /\/dist\/((?:cpu|cpu-threads|gpu|unpack)\/contrastvae\.js)$/.exec(id)?.[1]
    return module ? { id: `./${module}`, external: true } : null
  },
  transform(code, id) {
    if (!/\/pkg\/src\/(worker|unpack)\.ts$/.test(id)) return null
    return code
      .replaceAll("new URL('../dist/", "new URL(/* @vite-ignore */ './")
      .replace("import threadUrl from './thread?worker&url'", "const threadUrl = './thread.js'")
      .replace("import unpackUrl from './unpack-worker?worker&url'", "const unpackUrl = './unpack-worker.js'")
  },
}

/** The addresses are left alone here and followed by the bundler of whoever uses the package, so the remark for Vite is for this build alone. */
const followed: Plugin = {
  name: 'followed',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = file.code.replaceAll('/* @vite-ignore */', '')
    }
  },
}

// The script side of the npm package: `dist/index.js` and the scripts of its workers. Run by xtask, from the root of the repository.
export default defineConfig({
  publicDir: false,
  plugins: [beside, followed],
  build: {
    outDir: 'pkg/dist',
    // The modules are there already.
    emptyOutDir: false,
    target: TARGET,
    minify: false,
    lib: {
      entry: {
        index: 'pkg/src/index.ts',
        worker: 'pkg/src/worker.ts',
        thread: 'pkg/src/thread.ts',
        'unpack-worker': 'pkg/src/unpack-worker.ts',
      },
      formats: ['es'],
    },
    rolldownOptions: { output: { entryFileNames: '[name].js', chunkFileNames: 'shared.js' } },
  },
})
