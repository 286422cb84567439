import { defineConfig } from '@playwright/test'

// Run by `cargo xtask test browser`, which serves dist/ and names the browser; by hand with BASE_URL and CHROMIUM set.
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  // One at a time: training takes a whole core, and times are measured.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // Where nobody watches, a test that failed gets a second try, in a fresh browser; if it passes then, the summary names it as flaky.
  retries: process.env.CI ? 1 : 0,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: process.env.BASE_URL ?? 'http://localhost:8017',
    viewport: { width: 1440, height: 1000 },
    // A trace films the page, which takes as much of the processor as the page: `TRACE=1` for who looks for a fault.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    // Answers out of the service worker's cache would hide what a test wants to see or to cut off; offline.spec.ts lets it in.
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A software WebGPU adapter: the page must refuse it by itself and take it when the address asks.
        '--enable-unsafe-webgpu',
        '--enable-unsafe-swiftshader',
      ],
    },
  },
})
