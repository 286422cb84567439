// Spreads drawing over frames, so that no single task of the page's thread grows long.

const waiting = new Map<object, () => void>()
let frame = 0

/**
 * Does `task` in one of the next frames, one task a frame. A newer task of the same owner takes the place of the older in the queue, so that
 * everybody's turn comes however few the frames are: an owner is what is drawn, never the data of one drawing.
 */
export function soon(owner: object, task: () => void): void {
  waiting.set(owner, task)
  frame ||= requestAnimationFrame(next)
}

/** Forgets an owner that is not drawn any more. */
export function never(owner: object): void {
  waiting.delete(owner)
}

function next(): void {
  frame = 0
  const first = waiting.entries().next()
  if (first.done) return
  const [owner, task] = first.value
  waiting.delete(owner)
  if (waiting.size > 0) frame = requestAnimationFrame(next)
  task()
}
