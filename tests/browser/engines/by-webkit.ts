// WebKitGTK by its W3C WebDriver, with a bare window of our own (`window.py`) on a screen that nobody sees.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'

import type { Opening, Steering } from './driver'

const KEYS: Record<string, string> = { Tab: '\uE004', Enter: '\uE007', Escape: '\uE00C', Space: ' ' }
const SCREEN = '-screen 0 1700x1400x24'
const START_MILLISECONDS = 30_000

/** An answer of the driver; an error has a name. */
interface Answer {
  value: { error?: string; message?: string } | null
}

export async function openWebKit(program: string, opening: Opening): Promise<Steering> {
  const port = await freePort()
  const log = join(opening.profile, 'console.log')
  mkdirSync(opening.profile, { recursive: true })
  writeFileSync(log, '')
  const driver = spawn('xvfb-run', ['-a', '-s', SCREEN, program, `--port=${port}`], {
    // A group of its own, so that screen, driver and browser end together.
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      JOURNEY_PROFILE: opening.profile,
      JOURNEY_LOG: log,
      JOURNEY_PROXY: opening.proxy,
      JOURNEY_DOWNLOADS: opening.downloads,
      // The tests run as root in containers, where the sandbox cannot be set up.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
      // Safari shares memory with the workers of an isolated page; WebKitGTK does where it is told.
      JSC_useSharedArrayBuffer: '1',
      NO_AT_BRIDGE: '1',
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
    },
  })
  const address = `http://127.0.0.1:${port}`
  try {
    await answers(`${address}/status`, driver)
    const binary = resolve(import.meta.dirname, 'window.py')
    const begun = await ask(`${address}/session`, 'POST', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } } },
    })
    const { sessionId, capabilities } = begun as { sessionId: string; capabilities: { browserVersion: string } }
    const steering = new ByWebDriver(`${address}/session/${sessionId}`, capabilities.browserVersion, driver, log)
    await steering.resize(1280, 900)
    return steering
  } catch (error) {
    endGroup(driver)
    throw error
  }
}

class ByWebDriver implements Steering {
  readonly version: string
  #read = 0

  constructor(
    private readonly session: string,
    version: string,
    private readonly driver: ChildProcess,
    private readonly log: string,
  ) {
    this.version = `WebKitGTK ${version}`
  }

  complaints(): string[] {
    const text = existsSync(this.log) ? readFileSync(this.log, 'utf8') : ''
    const lines = text.slice(this.#read).split('\n')
    this.#read = text.length
    return lines.filter((line) => /^CONSOLE \S+ (ERROR|WARN)|web process terminated/.test(line))
  }

  async goto(url: string): Promise<void> {
    await this.#ask('POST', '/url', { url })
  }

  async reload(): Promise<void> {
    await this.#ask('POST', '/refresh', {})
  }

  async evaluate(expression: string): Promise<unknown> {
    const script = `const done = arguments[0]
      Promise.resolve().then(() => ${expression}).then(
        (value) => done(JSON.stringify({ value })),
        (error) => done(JSON.stringify({ error: String(error) })))`
    const told = JSON.parse((await this.#ask('POST', '/execute/async', { script, args: [] })) as string) as {
      value?: unknown
      error?: string
    }
    if (told.error !== undefined) throw new Error(told.error)
    return told.value
  }

  async click(css: string): Promise<void> {
    await this.#ask('POST', `/element/${await this.#element(css)}/click`, {})
  }

  async press(key: string): Promise<void> {
    const value = KEYS[key] ?? key
    const actions = [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]
    await this.#ask('POST', '/actions', { actions: [{ type: 'key', id: 'keys', actions }] })
  }

  async files(css: string, paths: readonly string[]): Promise<void> {
    await this.#ask('POST', `/element/${await this.#element(css)}/value`, { text: paths.join('\n') })
  }

  /** The window's rectangle includes its frame; the page's is what counts. */
  async resize(width: number, height: number): Promise<void> {
    let wish = { width, height }
    for (let tries = 0; tries < 5; tries++) {
      await this.#ask('POST', '/window/rect', { x: 0, y: 0, ...wish })
      await new Promise((resolve) => setTimeout(resolve, 200))
      const [inner = 0, high = 0] = (await this.evaluate('[innerWidth, innerHeight]')) as number[]
      if (inner === width && high === height) return
      wish = { width: wish.width + width - inner, height: wish.height + height - high }
    }
  }

  async screenshot(path: string): Promise<void> {
    writeFileSync(path, Buffer.from((await this.#ask('GET', '/screenshot')) as string, 'base64'))
  }

  async close(): Promise<void> {
    await ask(this.session, 'DELETE').catch(() => {})
    endGroup(this.driver)
  }

  async #element(css: string): Promise<string> {
    const found = await this.#ask('POST', '/element', { using: 'css selector', value: css })
    return String(Object.values(found as object)[0])
  }

  #ask(method: string, path: string, body?: object): Promise<unknown> {
    return ask(this.session + path, method, body)
  }
}

async function ask(address: string, method: string, body?: object): Promise<unknown> {
  const answer = await fetch(address, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  })
  const { value } = (await answer.json()) as Answer
  if (value?.error) throw new Error(`${value.error}: ${value.message}`)
  return value
}

/** Waits until somebody answers at an address. */
async function answers(address: string, driver: ChildProcess): Promise<void> {
  const end = Date.now() + START_MILLISECONDS
  for (;;) {
    if (driver.exitCode !== null) throw new Error('WebKitWebDriver ended at once; xvfb-run says why')
    if (
      await fetch(address).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    if (Date.now() > end) throw new Error('WebKitWebDriver does not answer')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid)
  } catch {
    // It has ended already.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
