import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

import { TARGET } from '../pkg/vite.target.ts'
import { mapViewer } from './features/look/map/file/vite.viewer.ts'
import { single, singleConstants } from './features/single/vite.single.ts'

// The page in one file, by `cargo xtask build --single`.
export default defineConfig({
  base: './',
  publicDir: false,
  define: singleConstants(),
  plugins: [svelte({ configFile: 'www/svelte.config.js' }), mapViewer(), single()],
  build: {
    outDir: 'target/xtask/single',
    target: TARGET,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    // Workers and modules are in it.
    chunkSizeWarningLimit: 50_000,
    rolldownOptions: { output: { codeSplitting: false } },
  },
})
