// What the page, its worker and its service worker asked the network for in this visit, and whether anything could be sent elsewhere.
//
// In: the browser's record, the worker's and the service worker's. Out: one list in the order of time, and the outcome of a trial.

import type { Told } from '../../../pkg/src/protocol'
import { type Attempt, attemptAll, type Request, toRequest, watchRequests, type Way } from '../../../pkg/src/requests'
import type { Session } from '../../../pkg/src/session'

export type Asker = 'page' | 'worker' | 'serviceWorker'
export type MadeRequest = Request & { by: Asker }
export type MadeAttempt = Attempt & { by: Asker }

/** What all attempts together say: one that was sent is an alarm, one that failed without a reason proves nothing by itself. */
export type Verdict = 'refused' | 'sent' | 'unsure'

export function verdictOf(attempts: readonly Attempt[]): Verdict {
  if (attempts.some(({ outcome }) => outcome === 'sent')) return 'sent'
  return attempts.every(({ outcome }) => outcome === 'refused') ? 'refused' : 'unsure'
}

const PAGE_WAYS: readonly Way[] = ['fetch', 'beacon', 'socket', 'image']

/** What a request is for, as far as its address tells. */
export type Purpose = 'document' | 'script' | 'style' | 'modelCode' | 'worker' | 'dataSets' | 'dataSet' | 'install' | 'offline' | 'other'

export function purposeOf(address: string, page: string): Purpose {
  const { origin, pathname } = new URL(address)
  if (origin !== new URL(page).origin) return 'other'
  const home = new URL('./', page).pathname
  const path = pathname.startsWith(home) ? pathname.slice(home.length) : pathname
  if (path === '' || path === 'index.html') return 'document'
  if (path === 'local-data.json') return 'dataSets'
  if (path === 'service-worker.js') return 'offline'
  if (path.endsWith('.webmanifest') || path.startsWith('icons/')) return 'install'
  if (path.endsWith('.wasm') || /(^|\/)contrastvae-[^/]*\.js$/.test(path)) return 'modelCode'
  if (/(^|\/)worker-[^/]*\.js$/.test(path)) return 'worker'
  if (path.endsWith('.js')) return 'script'
  if (path.endsWith('.css')) return 'style'
  return path.startsWith('data/') ? 'dataSet' : 'other'
}

export class Privacy {
  requests = $state.raw<readonly MadeRequest[]>([])
  /** Null until it was tried. */
  attempts = $state.raw<readonly MadeAttempt[] | null>(null)
  trying = $state(false)

  /** Addresses that the browser refused to ask; it records some of these requests nevertheless. */
  #refused = $state.raw<ReadonlySet<string>>(new Set())
  readonly made = $derived(this.requests.filter((request) => !this.isRefused(request)))
  /** Those that went to another place than the page came from; the policy should see to it that there is none. */
  readonly foreign = $derived(this.made.filter((request) => this.isForeign(request)))
  readonly bytes = $derived(this.requests.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0))

  #answer: ((attempts: Attempt[]) => void) | null = null

  constructor(private readonly session: Session) {
    session.subscribe((event) => this.#receive(event))
    const [document] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
    const request = document && toRequest(document)
    if (request) this.add('page', [request])
    watchRequests((requests) => this.add('page', requests))
    addEventListener('securitypolicyviolation', ({ blockedURI, disposition }) => {
      if (disposition === 'enforce') this.#refused = new Set([...this.#refused, blockedURI])
    })
  }

  isForeign({ url }: Request): boolean {
    return new URL(url).origin !== location.origin
  }

  isRefused({ url }: Request): boolean {
    return [...this.#refused].some((address) => url.startsWith(address))
  }

  add(by: Asker, requests: readonly Request[]): void {
    const all = [...this.requests, ...requests.map((request) => ({ ...request, by }))]
    this.requests = all.sort((one, other) => one.at - other.at)
  }

  /** The service worker tells everything that it knows each time it is asked. */
  replace(by: Asker, requests: readonly Request[]): void {
    this.requests = this.requests.filter((request) => request.by !== by)
    // It may have been awake before this page.
    this.add(
      by,
      requests.filter(({ at }) => at >= performance.timeOrigin),
    )
  }

  /** Tries to send a word elsewhere, from the page and from the worker. */
  async try(): Promise<void> {
    if (this.trying) return
    this.trying = true
    this.attempts = null
    try {
      const [page, worker] = await Promise.all([attemptAll(PAGE_WAYS), this.#tryInWorker()])
      const named = (by: Asker, attempts: Attempt[]) => attempts.map((attempt) => ({ ...attempt, by }))
      this.attempts = [...named('page', page), ...named('worker', worker)]
    } finally {
      this.trying = false
    }
  }

  #tryInWorker(): Promise<Attempt[]> {
    return new Promise((resolve) => {
      this.#answer = resolve
      this.session.attemptElsewhere()
    })
  }

  #receive(event: Told): void {
    if (event.event === 'requests') this.add('worker', event.requests)
    if (event.event === 'attempted' || event.event === 'crashed') {
      this.#answer?.(event.event === 'attempted' ? event.attempts : [])
      this.#answer = null
    }
  }
}
