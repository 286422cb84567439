// A peer in a worker of its own, as the page's own module is: a step for each message.
//
// In: first a log as text, the reconstruction and where tfjs finds its module; then whatever asks for a step. Out: the peer's name, then the
// losses of each step; or what went wrong.

import { readLog } from './batches.js'
// Which of the peers it is, whoever bundles this says.
import { Model, start } from 'peer'

let model = null

self.onmessage = async ({ data }) => {
  try {
    if (model) {
      self.postMessage({ losses: await model.step() })
      return
    }
    const name = await start(data.folder)
    const log = readLog(data.log)
    model = new Model(log, data.full)
    self.postMessage({ name, items: log.items })
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) })
  }
}
