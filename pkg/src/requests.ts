// What the page asks the network for, and what happens when it asks for more than it may. Used by the page, its worker and its
// service worker, each of which sees only its own requests.
//
// In: the browser's record of requests, and its reports about what the content security policy forbids. Out: plain lists of both.

/** A request as the browser recorded it. */
export interface Request {
  url: string
  /** Milliseconds since 1970. */
  at: number
  /** Bytes of the answer as they travelled; null where it did not travel but came from what this browser keeps. */
  bytes: number | null
}

/** How something could be sent. */
export type Way = 'fetch' | 'socket' | 'beacon' | 'image'

/** Outcome of an attempt: the policy forbade it, it was sent, or it failed and the browser does not say why. */
export type Outcome = 'refused' | 'sent' | 'failed'

export interface Attempt {
  way: Way
  outcome: Outcome
  /** Directive that forbade it; null unless the browser names it. */
  directive: string | null
}

/** A place that is not this one; a name reserved for examples. */
export const ELSEWHERE = 'example.org'
const WAIT_MILLISECONDS = 3000

/** Tells of the requests so far and of each later one. What never leaves the browser (data: and blob:) is none. */
export function watchRequests(tell: (requests: Request[]) => void): void {
  if (typeof PerformanceObserver === 'undefined') return
  const watcher = new PerformanceObserver((list) => {
    const requests = list.getEntries().flatMap((entry) => toRequest(entry as PerformanceResourceTiming) ?? [])
    if (requests.length > 0) tell(requests)
  })
  watcher.observe({ type: 'resource', buffered: true })
}

/** Requests so far, for whoever will not be there to tell of later ones. */
export function requestsSoFar(): Request[] {
  return performance.getEntriesByType('resource').flatMap((entry) => toRequest(entry as PerformanceResourceTiming) ?? [])
}

export function toRequest(entry: PerformanceResourceTiming): Request | undefined {
  if (!/^(https?|wss?):/.test(entry.name)) return undefined
  const travelled = entry.transferSize > 0
  return { url: entry.name, at: performance.timeOrigin + entry.startTime, bytes: travelled ? entry.transferSize : null }
}

/** Tries to send a word elsewhere, in each of the given ways. */
export const attemptAll = (ways: readonly Way[]): Promise<Attempt[]> => Promise.all(ways.map(attempt))

/**
 * Outcome of one way. A refusal is the browser's report of a violation, or a `SecurityError`; WebKit sends its workers no such report, so that
 * there an attempt fails without a reason, as it also would without a network.
 */
async function attempt(way: Way): Promise<Attempt> {
  // An address for each, by which the browser's report tells them apart.
  const address = `${way === 'socket' ? 'wss' : 'https'}://${ELSEWHERE}/?${way}`
  let heard: (event: Event) => void = () => {}
  const violated = new Promise<Attempt>((resolve) => {
    heard = (event) => {
      const { blockedURI, disposition, effectiveDirective } = event as SecurityPolicyViolationEvent
      // Some browsers report the origin alone, and a policy that only reports forbids nothing.
      if (disposition === 'enforce' && address.startsWith(blockedURI)) resolve({ way, outcome: 'refused', directive: effectiveDirective })
    }
  })
  // The report may come after the failure that it explains.
  const silence = new Promise<Attempt>((resolve) =>
    setTimeout(() => resolve({ way, outcome: 'failed', directive: null }), WAIT_MILLISECONDS),
  )
  addEventListener('securitypolicyviolation', heard)
  try {
    const settled = send(way, address).then((outcome) => (outcome === 'failed' ? silence : { way, outcome, directive: null }))
    return await Promise.race([violated, settled, silence])
  } finally {
    removeEventListener('securitypolicyviolation', heard)
  }
}

/** Sends a word, and tells what the way itself says of it. */
async function send(way: Way, address: string): Promise<Outcome> {
  try {
    switch (way) {
      case 'fetch':
        await fetch(address, { method: 'POST', mode: 'no-cors', body: 'test' })
        return 'sent'
      case 'beacon':
        // Only whether it was put into a queue is told.
        navigator.sendBeacon(address, 'test')
        return 'failed'
      case 'image':
        return await settledBy(new Image(), 'load', (image) => (image.src = address))
      case 'socket':
        return await settledBy(new WebSocket(address), 'open')
    }
  } catch (error) {
    return error instanceof DOMException && error.name === 'SecurityError' ? 'refused' : 'failed'
  }
}

/** `sent` at the event that says so, `failed` at an error. */
function settledBy<Target extends EventTarget>(target: Target, sent: string, begin: (target: Target) => void = () => {}): Promise<Outcome> {
  return new Promise((resolve) => {
    target.addEventListener(sent, () => resolve('sent'))
    target.addEventListener('error', () => resolve('failed'))
    begin(target)
  })
}
