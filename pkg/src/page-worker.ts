// Workers that obey the page's content security policy.
//
// In: the address of a worker's script. Out: a worker. A policy in a `meta` element does not bind a worker that is loaded from an
// address of its own; one loaded from a blob inherits it. So the blob imports the real script.

import { SINGLE } from './built'

/** Starts the script at `url`, an address relative to `base`, as a worker of that name. In the page in one file `url` is the script itself. */
export function pageWorker(url: string, base: string, name: string): Worker {
  if (SINGLE) return blobWorker(url, name)
  return blobWorker(importing(new URL(url, base).href), name)
}

/**
 * Script that imports another one. By `import()`: in Firefox a static `import` of a worker out of a blob does not pass through the service
 * worker, so the page would not open without a network. Messages that arrive meanwhile, which a static import would keep back, are kept here
 * and handed on in their order.
 */
export const importing = (address: string): string => `
const early = []
const keep = (event) => {
  event.stopImmediatePropagation()
  early.push(event)
}
addEventListener('message', keep)
import(${JSON.stringify(address)}).then(
  () => {
    removeEventListener('message', keep)
    for (const { data, ports } of early) dispatchEvent(new MessageEvent('message', { data, ports: [...ports] }))
  },
  (error) => {
    // Outside of the promise it is an error of the worker, as that of a static import is.
    setTimeout(() => {
      throw error
    })
  },
)
`

/** Starts a script that stands in no file of its own as a worker. */
export function blobWorker(script: string, name: string): Worker {
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
  // Chromium starts no module from a blob of a page that was opened from a disk, whose origin is opaque; a classic script it does.
  const worker = new Worker(address, { type: SINGLE ? 'classic' : 'module', name })
  // The address may go as soon as the worker has spoken; earlier, some browsers have not fetched it yet.
  worker.addEventListener('message', () => URL.revokeObjectURL(address), { once: true })
  return worker
}
