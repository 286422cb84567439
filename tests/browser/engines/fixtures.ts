// A browser, the page and the world outside, once for all journeys of an engine.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { test as base } from '@playwright/test'

import { openByPuppeteer } from './by-puppeteer'
import { openWebKit } from './by-webkit'
import { Driver, type Engine, ENGINES, type Opening } from './driver'
import { Outside, Site } from './site'

export { ENGINES }

export interface EngineOptions {
  engine: Engine
}

export interface Surroundings {
  outside: Outside
  site: Site
  lab: Lab
}

/** Programs of the engines, unless the environment names others (`cargo xtask test engines` does). */
const PROGRAMS: Record<Engine, string> = {
  chromium: process.env.CHROMIUM ?? '/usr/bin/chromium',
  firefox: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
  webkit: process.env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver',
}

/** The browser, which can be ended and opened again on the same profile. */
export class Lab {
  #driver: Driver | null = null

  constructor(
    readonly engine: Engine,
    private readonly opening: Opening,
  ) {}

  get driver(): Driver {
    if (!this.#driver) throw new Error('the browser is not open')
    return this.#driver
  }

  async open(): Promise<void> {
    const program = PROGRAMS[this.engine]
    const steering = await (this.engine === 'webkit'
      ? openWebKit(program, this.opening)
      : openByPuppeteer(this.engine, program, this.opening))
    this.#driver = new Driver(this.engine, steering, this.opening.downloads)
  }

  async close(): Promise<void> {
    await this.#driver?.steering.close()
    this.#driver = null
  }
}

/** An address of the page's own origin without its policy, as a worker has one that is not loaded from a blob. */
export const UNBOUND = '/unbound.js'

export const test = base.extend<{ driver: Driver }, EngineOptions & Surroundings>({
  engine: ['firefox', { option: true, scope: 'worker' }],
  outside: [
    async ({}, use) => {
      const outside = new Outside()
      await outside.on()
      await use(outside)
      await outside.off()
    },
    { scope: 'worker' },
  ],
  site: [
    async ({}, use) => {
      const dist = process.env.DIST ?? resolve(import.meta.dirname, '../../../dist')
      const site = new Site(
        [
          ['/package/', resolve(import.meta.dirname, '../../../pkg')],
          ['/lab/', dist],
        ],
        {
          [UNBOUND]: `fetch('https://example.org/?unbound', { mode: 'no-cors' }).then(() => postMessage('sent'), () => postMessage('failed'))`,
        },
      )
      await site.on()
      await use(site)
      await site.off()
    },
    { scope: 'worker' },
  ],
  lab: [
    async ({ engine, outside }, use) => {
      const folder = mkdtempSync(join(tmpdir(), `contrastvae-${engine}-`))
      const opening = { proxy: outside.address, profile: join(folder, 'profile'), downloads: join(folder, 'downloads') }
      for (const one of [opening.profile, opening.downloads]) mkdirSync(one)
      const lab = new Lab(engine, opening)
      await lab.open()
      await use(lab)
      await lab.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  driver: async ({ lab, site }, use, info) => {
    if (!site.server.listening) await site.on()
    await use(lab.driver)
    if (info.status !== info.expectedStatus) {
      mkdirSync(info.outputDir, { recursive: true })
      await lab.driver.steering.screenshot(join(info.outputDir, 'page.png')).catch(() => {})
    }
  },
})
