import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

import { mapViewer } from './features/look/map/file/vite.viewer.ts'
import { offline } from './features/offline/vite.offline.ts'
import { built, reloadModules } from './vite.built.ts'
import { TARGET } from '../pkg/vite.target.ts'

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

export default defineConfig({
  // Every address in dist/ is relative, so the folder works under any path of any server.
  base: './',
  define: built(),
  plugins: [svelte({ configFile: 'www/svelte.config.js' }), mapViewer(), offline(), reloadModules()],
  build: {
    outDir: 'dist',
    target: TARGET,
    // No data: addresses; the content security policy need not allow them for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The page's own script, in one piece: it is kept for use without a network as a whole.
    chunkSizeWarningLimit: 800,
  },
  worker: { format: 'es' },
  // As `cargo xtask serve` has it: what lets a browser share memory between the page's workers.
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
  test: { include: ['{www,pkg/src}/**/*.test.ts'], environment: 'node' },
})
