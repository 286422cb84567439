import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

import { single, singleConstants } from './features/single/vite.single.ts'

// The page in one file, by `cargo xtask build --single`.
export default defineConfig({
  base: './',
  publicDir: false,
  define: singleConstants(),
  plugins: [svelte({ configFile: 'www/svelte.config.js' }), single()],
  build: {
    outDir: 'target/xtask/single',
    target: ['chrome91', 'edge91', 'firefox114', 'safari16.4'],
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    // Workers and modules are in it.
    chunkSizeWarningLimit: 50_000,
    rolldownOptions: { output: { codeSplitting: false } },
  },
})
