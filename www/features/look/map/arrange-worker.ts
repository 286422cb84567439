// The worker of the map's heavy tools. Whoever started it ends it by terminating it.
//
// In: one `Job`. Out: `Report`s.

import { watchRequests } from '../../../../pkg/src/requests'
import type { Job, Report } from './arrange'
import { work } from './work'

// The compiler knows pages, whose `postMessage` differs.
const post = self.postMessage.bind(self) as (report: Report, transfer?: Transferable[]) => void

watchRequests((requests) => post({ report: 'requests', requests }))

self.addEventListener('message', ({ data }: MessageEvent<Job>) => {
  try {
    work(data, post)
  } catch (error) {
    post({ report: 'failed', detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
  }
})
