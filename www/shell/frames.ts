// Spreads drawing over frames, so that no single task of the page's thread grows long.

const waiting = new Map<object, () => void>()
let frame = 0

/** Does `task` in one of the next frames, one task a frame; a newer task of the same owner takes the place of the older. */
export function soon(owner: object, task: () => void): void {
  waiting.set(owner, task)
  frame ||= requestAnimationFrame(next)
}

/** Forgets what an owner wanted. */
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
