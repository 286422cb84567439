// Firefox by WebDriver BiDi, Chromium by its own protocol: both by Puppeteer.

import puppeteer, { type Browser, type KeyInput, type Page } from 'puppeteer-core'

import type { Opening, Steering } from './driver'

/** Preferences of Firefox. */
const preferences = ({ proxy, downloads }: Opening) => {
  const { hostname, port } = new URL(proxy)
  return {
    // A window without the focus of the desktop acts as if it had it.
    'focusmanager.testmode': true,
    'browser.download.folderList': 2,
    'browser.download.dir': downloads,
    'browser.download.useDownloadDir': true,
    'browser.download.alwaysOpenPanel': false,
    'browser.helperApps.neverAsk.saveToDisk': 'application/zip',
    'network.proxy.type': 1,
    'network.proxy.http': hostname,
    'network.proxy.http_port': Number(port),
    'network.proxy.ssl': hostname,
    'network.proxy.ssl_port': Number(port),
    // Nothing of the browser's own goes there.
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
  }
}

const ARGUMENTS = ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export async function openByPuppeteer(engine: 'firefox' | 'chromium', program: string, opening: Opening): Promise<Steering> {
  const common = { executablePath: program, userDataDir: opening.profile, protocolTimeout: 120_000 }
  const browser =
    engine === 'firefox'
      ? await puppeteer.launch({ ...common, browser: 'firefox', extraPrefsFirefox: preferences(opening) })
      : await puppeteer.launch({ ...common, args: [...ARGUMENTS, `--proxy-server=${opening.proxy}`] })
  // Firefox's first tab never has the focus.
  const page = await browser.newPage()
  if (engine === 'chromium') {
    const session = await page.createCDPSession()
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: opening.downloads })
  }
  await page.setViewport({ width: 1280, height: 900 })
  return new ByPuppeteer(browser, page, await browser.version())
}

class ByPuppeteer implements Steering {
  #complaints: string[] = []

  constructor(
    private readonly browser: Browser,
    private readonly tab: Page,
    readonly version: string,
  ) {
    tab.on('console', (message) => {
      if (['warn', 'error'].includes(message.type())) this.#complaints.push(message.text())
    })
    tab.on('pageerror', (error) => this.#complaints.push(String(error)))
  }

  complaints(): string[] {
    return this.#complaints.splice(0)
  }

  async goto(url: string): Promise<void> {
    await this.tab.goto(url, { waitUntil: 'load' })
  }

  async reload(): Promise<void> {
    await this.tab.reload({ waitUntil: 'load' })
  }

  evaluate(expression: string): Promise<unknown> {
    return this.tab.evaluate(expression)
  }

  click(css: string): Promise<void> {
    return this.tab.click(css)
  }

  press(key: string): Promise<void> {
    return this.tab.keyboard.press(key as KeyInput)
  }

  async files(css: string, paths: readonly string[]): Promise<void> {
    const input = await this.tab.$(css)
    await (input as Awaited<ReturnType<typeof this.tab.$<'input'>>>)?.uploadFile(...paths)
  }

  resize(width: number, height: number): Promise<void> {
    return this.tab.setViewport({ width, height })
  }

  async screenshot(path: `${string}.png`): Promise<void> {
    await this.tab.screenshot({ path })
  }

  close(): Promise<void> {
    return this.browser.close()
  }
}
