import { defineConfig } from '@playwright/test'

import tests from '../../tests/browser/playwright.config'

// Run by `cargo xtask bench`. The same browser as the tests', and nothing beside it: what is measured is time.
export default defineConfig({
  ...tests,
  testDir: '.',
  outputDir: '../../target/bench/playwright',
  timeout: 1_800_000,
  use: { ...tests.use, trace: 'off' },
})
