// The page on a server that a test can switch off, and a second server that sees whatever leaves the machine.

import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { extname, join, normalize } from 'node:path'

import { TYPES } from '../media-types'

/** As `cargo xtask serve` sends them. */
const HEADERS = {
  'cache-control': 'no-cache',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** A server that begins anew at the port that it had, and ends its connections with itself. */
class Switch {
  port = 0
  #connections = new Set<Socket>()

  constructor(readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket)
      socket.on('close', () => this.#connections.delete(socket))
    })
  }

  async on(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve))
    this.port = (this.server.address() as AddressInfo).port
  }

  async off(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    for (const socket of this.#connections) socket.destroy()
    await closed
  }
}

export class Site extends Switch {
  /** `mounts` are folders by the path that they stand under, the longer first; `extra` files by their path. */
  constructor(mounts: readonly (readonly [path: string, folder: string])[], extra: Record<string, string> = {}) {
    super(
      createServer((request, response) => {
        const { pathname } = new URL(request.url ?? '/', 'http://localhost')
        const path = normalize(decodeURIComponent(pathname)).replace(/\/$/, '/index.html')
        const type = TYPES[extname(path)] ?? 'application/octet-stream'
        const [mount, folder] = mounts.find(([mount]) => path.startsWith(mount)) ?? ['', '']
        const content = extra[path] ?? (mount ? readFile(join(folder, path.slice(mount.length))) : Promise.reject(new Error('not here')))
        Promise.resolve(content).then(
          (content) => response.writeHead(200, { ...HEADERS, 'content-type': type }).end(content),
          () => response.writeHead(404).end(),
        )
      }),
    )
  }

  get address(): string {
    return `http://localhost:${this.port}`
  }
}

/** A proxy that lets nothing through and notes what it was asked for. */
export class Outside extends Switch {
  constructor(readonly asked: string[] = []) {
    super(
      createServer((request, response) => {
        asked.push(`${request.method} ${request.url}`)
        response.writeHead(502).end()
      }),
    )
    this.server.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`)
      socket.destroy()
    })
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`
  }
}
