// The service worker: keeps the page in this browser, so that it opens and trains without a network after the first visit.
//
// In: requests of the page and its worker for the files of the site, and the page's messages. Out: answers from what is kept. It asks
// for nothing but the site's own files. All of them are fetched when it is installed, but for the modules of the model code: the
// larger one is many times the rest, so each is kept only where it is used. A new version waits until no page of the old one is
// open, unless the visitor asks for it, so that what an open page still needs is never taken from it.

import { matchPrecache, precacheAndRoute } from 'workbox-precaching'

import type { FromServiceWorker, ToServiceWorker } from './offline.svelte'
import { type Request as Made, watchRequests } from '../../../pkg/src/requests'

interface Extended extends Event {
  waitUntil(work: Promise<unknown>): void
}

// The compiler knows pages; this is what of the other global is used here.
interface Scope {
  addEventListener(type: 'activate', listener: (event: Extended) => void): void
  addEventListener(
    type: 'fetch',
    listener: (event: Extended & { request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void
  addEventListener(type: 'message', listener: (event: Extended & { data: ToServiceWorker; ports: readonly MessagePort[] }) => void): void
  clients: { claim(): Promise<void>; matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<{ url: string }[]> }
  registration: { scope: string }
  skipWaiting(): Promise<void>
}

/** What the build put into the site, with addresses relative to it; `vite.offline.ts` fills it in. */
declare const SITE_FILES: { page: { url: string; revision: string | null }[]; modules: string[] }

const scope = self as unknown as Scope
// Read once, since the build puts the whole list where the name stands.
const files = SITE_FILES
const modules = new Set(files.modules.map((file) => new URL(file, scope.registration.scope).href))
const moduleCache = () => caches.open(`contrastvae-modules-${scope.registration.scope}`)

const made: Made[] = []
watchRequests((requests) => made.push(...requests))

scope.addEventListener('fetch', (event) => {
  if (event.request.method === 'GET' && modules.has(event.request.url)) event.respondWith(module(event.request.url, event))
})

// What lets a browser share memory between the page's workers. A host that cannot send it, such as GitHub Pages, need not: the page comes from here.
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

scope.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url)
  const home = new URL(scope.registration.scope)
  const isPage = origin === home.origin && [home.pathname, `${home.pathname}index.html`].includes(pathname)
  if (event.request.mode === 'navigate' && isPage) event.respondWith(isolated(event.request))
})

/** The page, with what lets it share memory. */
async function isolated(request: Request): Promise<Response> {
  const answer = (await matchPrecache('index.html')) ?? (await fetch(request))
  // A redirection is the browser's to follow.
  if (answer.type === 'opaqueredirect') return answer
  const headers = new Headers(answer.headers)
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value)
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers })
}

// The settings are in the address, after the question mark too; the page is the same.
precacheAndRoute(files.page, { directoryIndex: 'index.html', cleanURLs: false, ignoreURLParametersMatching: [/./] })

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await moduleCache()
      const old = (await cache.keys()).filter((request) => !modules.has(request.url))
      await Promise.all(old.map((request) => cache.delete(request)))
      // The page of a first visit began without this worker.
      await scope.clients.claim()
    })(),
  )
})

scope.addEventListener('message', (event) => {
  const answer = (told: FromServiceWorker) => event.ports[0]?.postMessage(told)
  event.waitUntil(
    (async () => {
      switch (event.data.ask) {
        case 'keep':
          answer({ kept: await keep(event.data.module) })
          break
        case 'requests':
          answer({ requests: made })
          break
        case 'takeOver': {
          const tabs = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true })
          const pages = tabs.filter(({ url }) => url.startsWith(scope.registration.scope))
          answer({ others: pages.length - 1 })
          if (pages.length === 1) await scope.skipWaiting()
        }
      }
    })(),
  )
})

/** A module as it is kept; what is not kept yet is fetched and kept. */
async function module(url: string, event: Extended): Promise<Response> {
  const cache = await moduleCache()
  const kept = await cache.match(url)
  if (kept) return kept
  const answer = await fetch(url)
  // Where there is no room, the page works, but only with a network.
  if (answer.ok) event.waitUntil(cache.put(url, answer.clone()).catch(() => {}))
  return answer
}

/** Keeps a module that was fetched before this worker was there, out of the browser's own cache where it is still in it. */
async function keep(url: string): Promise<boolean> {
  if (!modules.has(url)) return false
  const cache = await moduleCache()
  if (await cache.match(url)) return true
  try {
    const answer = await fetch(url, { cache: 'force-cache' })
    if (!answer.ok) return false
    await cache.put(url, answer)
    return true
  } catch {
    return false
  }
}
