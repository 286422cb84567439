// The worker that holds the run, as the page starts it.

import { pageWorker } from './page-worker'
import workerUrl from './worker?worker&url'

export const newWorker = (): Worker => pageWorker(workerUrl, import.meta.url, 'contrastvae')
