// The worker that holds the run, as the page starts it.

import { pageWorker } from '../../pkg/src/page-worker'
import workerUrl from '../../pkg/src/worker?worker&url'

export const newWorker = (): Worker => pageWorker(workerUrl, import.meta.url, 'contrastvae')
