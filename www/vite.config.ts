import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

import { offline } from './features/offline/vite.offline.ts'
import { built, reloadModules } from './vite.built.ts'

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

export default defineConfig({
  // Every address in dist/ is relative, so the folder works under any path of any server.
  base: './',
  define: built(),
  plugins: [svelte({ configFile: 'www/svelte.config.js' }), offline(), reloadModules()],
  build: {
    outDir: 'dist',
    // What WebAssembly SIMD needs anyway, and module workers.
    // The oldest that have what `public/first.js` asks for, so that whoever is let in can read the code.
    target: ['chrome105', 'edge105', 'firefox121', 'safari16.4'],
    // No data: addresses; the content security policy need not allow them for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The largest chunk is the map's renderer; it is loaded apart from the page.
    chunkSizeWarningLimit: 600,
  },
  worker: { format: 'es' },
  // As `cargo xtask serve` has it: what lets a browser share memory between the page's workers.
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
  test: { include: ['{www,pkg/src}/**/*.test.ts'], environment: 'node' },
})
