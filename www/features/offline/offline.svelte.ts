// Whether the page opens without a network, and whether a newer one is there.
//
// In: the browser's service worker and the module that the page's worker took. Out: reactive states, and the actions of a visitor. A
// newer version never takes over by itself, since a reload would end a run.

import { FOR_NOW, SINGLE } from '../../../pkg/src/built'
import type { Told } from '../../../pkg/src/protocol'
import type { Request } from '../../../pkg/src/requests'
import type { Session } from '../../../pkg/src/session'

export type ToServiceWorker = { ask: 'keep'; module: string } | { ask: 'requests' } | { ask: 'takeOver' }
export type FromServiceWorker = { kept: boolean } | { requests: Request[] } | { others: number }

/**
 * `file`: the page is one file and needs no keeping. `impossible`: this browser or this address has no service workers. `incomplete`: there
 * is no room for the model code.
 */
export type Keeping = 'file' | 'impossible' | 'under way' | 'kept' | 'incomplete' | 'failed'

/** Chromium's offer to install the page; other browsers have a menu for it. */
interface InstallOffer extends Event {
  prompt(): Promise<void>
}

export class Offline {
  keeping = $state<Keeping>(SINGLE ? 'file' : 'impossible')
  /** A newer version is there and waits. */
  newer = $state(false)
  /** Other tabs of this page, which a new version would disturb; null until that was asked. */
  others = $state<number | null>(null)
  installOffer = $state.raw<InstallOffer | null>(null)

  #registration: ServiceWorkerRegistration | null = null
  #module: string | null = null

  /** `forgets` takes away what other parts of the page keep in the browser's storage. */
  constructor(
    session: Session,
    private readonly forgets: readonly (() => void)[],
  ) {
    addEventListener('beforeinstallprompt', (event) => {
      event.preventDefault()
      this.installOffer = event as InstallOffer
    })
    addEventListener('appinstalled', () => (this.installOffer = null))
    // The edit loop of `vite` has no service worker, nor has a page that is to be replaced soon or one in a single file; insecure addresses
    // may have none.
    if (import.meta.env.DEV || FOR_NOW || SINGLE || !navigator.serviceWorker) return
    this.keeping = 'under way'
    session.subscribe((event) => this.#receive(event))
    void this.#register()
  }

  /** What the service worker asked the network for since the browser woke it. */
  async requests(): Promise<Request[]> {
    const told = await ask(this.#registration?.active, { ask: 'requests' })
    return told && 'requests' in told ? told.requests : []
  }

  /** Lets the newer version take over and loads it; with other tabs of this page open, only tells how many. */
  async takeOver(): Promise<void> {
    const waiting = this.#registration?.waiting
    if (!waiting) return location.reload()
    navigator.serviceWorker.oncontrollerchange = () => {
      navigator.serviceWorker.oncontrollerchange = null
      location.reload()
    }
    const told = await ask(waiting, { ask: 'takeOver' })
    this.others = told && 'others' in told ? told.others : 0
  }

  async install(): Promise<void> {
    await this.installOffer?.prompt()
    this.installOffer = null
  }

  /** Takes away all that this browser keeps of the page; the open page goes on, and the next visit keeps it again. */
  async forget(): Promise<void> {
    await this.#registration?.unregister()
    const scope = this.#registration?.scope ?? ''
    const names = (await caches.keys()).filter((name) => name.endsWith(scope))
    await Promise.all(names.map((name) => caches.delete(name)))
    for (const forget of this.forgets) forget()
    this.#registration = null
    this.keeping = 'impossible'
    this.newer = false
  }

  async #register(): Promise<void> {
    try {
      const registration = await navigator.serviceWorker.register('./service-worker.js', { scope: './', updateViaCache: 'none' })
      this.#registration = registration
      this.#watch(registration)
      await navigator.serviceWorker.ready
      await this.#keepModule()
    } catch {
      this.keeping = 'failed'
    }
  }

  #watch(registration: ServiceWorkerRegistration): void {
    const look = () => {
      // Without an active one this is the first version, not a newer one.
      this.newer = registration.waiting !== null && registration.active !== null
    }
    look()
    registration.addEventListener('updatefound', () => {
      const { installing } = registration
      installing?.addEventListener('statechange', () => {
        look()
        if (installing.state === 'redundant' && !registration.active) this.keeping = 'failed'
      })
    })
  }

  #receive(event: Told): void {
    if (event.event !== 'device') return
    this.#module = event.module
    void this.#keepModule()
  }

  /** The module of a first visit was fetched before there was anybody to keep it. */
  async #keepModule(): Promise<void> {
    const active = this.#registration?.active
    if (!active || !this.#module) return
    const told = await ask(active, { ask: 'keep', module: this.#module })
    this.keeping = told && 'kept' in told && told.kept ? 'kept' : 'incomplete'
  }
}

const ANSWER_MILLISECONDS = 120_000

/** The answer of a service worker; null where it gives none. */
function ask(worker: ServiceWorker | null | undefined, question: ToServiceWorker): Promise<FromServiceWorker | null> {
  if (!worker) return Promise.resolve(null)
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<FromServiceWorker>) => {
      resolve(data)
      port1.close()
    }
    setTimeout(() => resolve(null), ANSWER_MILLISECONDS)
    worker.postMessage(question, [port2])
  })
}
