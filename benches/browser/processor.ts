// Processor time as the system counts it, for readings that a busy machine disturbs less than a clock. Only where there is /proc (Linux).

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

import type { Browser } from '@playwright/test'

/** How Chromium calls the thread of a worker, as far as the system keeps names. */
const WORKER = 'DedicatedWorker'
/** Of the clock that /proc/stat counts in. */
const TICKS_PER_SECOND = 100

/** Process numbers of all tabs. */
export async function tabs(browser: Browser): Promise<number[]> {
  const system = await browser.newBrowserCDPSession()
  const { processInfo } = await system.send('SystemInfo.getProcessInfo')
  await system.detach()
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

/** Seconds that the workers of these tabs have computed so far, or null where the system does not tell. */
export function workerSeconds(processes: readonly number[]): number | null {
  let nanoseconds = 0
  let workers = 0
  for (const process of processes) {
    const threads = `/proc/${process}/task`
    for (const thread of existsSync(threads) ? readdirSync(threads) : []) {
      try {
        if (!readFileSync(`${threads}/${thread}/comm`, 'utf8').startsWith(WORKER)) continue
        nanoseconds += Number(readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ')[0])
        workers += 1
      } catch {
        // It ended meanwhile.
      }
    }
  }
  return workers > 0 ? nanoseconds / 1e9 : null
}

/** Seconds that all processors of the machine have been busy, summed, or null where the system does not tell. */
export function busySeconds(): number | null {
  if (!existsSync('/proc/stat')) return null
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + interrupts + soft) / TICKS_PER_SECOND
}

/** Sets the high water marks of these processes back to what is in use, where the system lets us. */
export function forgetPeak(processes: readonly number[]): void {
  for (const process of processes) {
    try {
      writeFileSync(`/proc/${process}/clear_refs`, '5')
    } catch {
      // No such system, or no permission: the mark is that of the whole run then.
    }
  }
}

/** Largest resident sets of these processes so far, in bytes, or null where the system does not tell. */
export function peakBytes(processes: readonly number[]): number | null {
  const found = processes.flatMap((process) => {
    try {
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1] ?? NaN) * 1024
    } catch {
      return []
    }
  })
  return found.length > 0 ? Math.max(...found) : null
}
