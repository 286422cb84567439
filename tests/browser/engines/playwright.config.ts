import { defineConfig } from '@playwright/test'

import { ENGINES, type EngineOptions } from './fixtures'

// Run by `cargo xtask test engines`, which names the browsers that are there: Playwright counts and reports, drivers of our own steer.
const present = (process.env.ENGINES ?? ENGINES.join()).split(',')

export default defineConfig<object, EngineOptions>({
  testDir: '.',
  testMatch: '*.journey.ts',
  outputDir: '../../../test-results',
  // Each engine has a core.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // As in the tests of Chromium.
  retries: process.env.CI ? 1 : 0,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  projects: [
    ...ENGINES.filter((engine) => present.includes(engine)).map((engine) => ({
      name: engine,
      testMatch: 'journeys.journey.ts',
      use: { engine },
    })),
    { name: 'together', testMatch: 'together.journey.ts', dependencies: ENGINES.filter((engine) => present.includes(engine)) },
  ],
})
