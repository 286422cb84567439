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

/** What became of an attempt: forbidden by the policy that is named, or not. */
export interface Attempt {
  way: Way
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

export function toRequest(entry: PerformanceResourceTiming): Request | undefined {
  if (!/^(https?|wss?):/.test(entry.name)) return undefined
  const travelled = entry.transferSize > 0
  return { url: entry.name, at: performance.timeOrigin + entry.startTime, bytes: travelled ? entry.transferSize : null }
}

/** Tries to send a word elsewhere, in each of the given ways. */
export const attemptAll = (ways: readonly Way[]): Promise<Attempt[]> =>
  Promise.all(ways.map(async (way) => ({ way, directive: await attempt(way) })))

/** The directive that forbade it; null where nothing did. */
async function attempt(way: Way): Promise<string | null> {
  // An address for each, by which the browser's report tells them apart.
  const address = `${way === 'socket' ? 'wss' : 'https'}://${ELSEWHERE}/?${way}`
  let heard: (event: Event) => void = () => {}
  const violated = new Promise<string | null>((resolve) => {
    heard = (event) => {
      const { blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent
      // Some browsers report the origin alone.
      if (address.startsWith(blockedURI)) resolve(effectiveDirective)
    }
    setTimeout(() => resolve(null), WAIT_MILLISECONDS)
  })
  addEventListener('securitypolicyviolation', heard)
  try {
    await send(way, address)
    return await violated
  } finally {
    removeEventListener('securitypolicyviolation', heard)
  }
}

async function send(way: Way, address: string): Promise<void> {
  try {
    if (way === 'fetch') await fetch(address, { method: 'POST', mode: 'no-cors', body: 'test' })
    else if (way === 'beacon') navigator.sendBeacon(address, 'test')
    else if (way === 'image') new Image().src = address
    else new WebSocket(address).addEventListener('error', () => {})
  } catch {
    // Refused at once; the report of it says by what.
  }
}
