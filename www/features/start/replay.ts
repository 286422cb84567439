// A recorded run, and how it looks at any moment of its replay.
//
// In: the recording (`recording.json`, written by `node www/features/start/record.mjs`) and a time in epochs, which may
// lie between two; the first is 1. Out: positions of the items, anchors for the names of the genres, and the numbers of the latest complete epoch.

export interface Moment {
  /** NDCG@20 on validation. */
  ndcg_20: number
  active_units: number
  /** Mutual information of latent and user, in nats. */
  information: number
  /** x0 y0 x1 y1 … of the items, in steps of the grid. */
  points: readonly number[]
}

export interface Recording {
  command: string
  users: number
  items: number
  /** Latent dimensions. */
  dimensions: number
  /** NDCG@20 of the ranking by popularity. */
  popularity: number
  genres: readonly string[]
  /** Genre of each item. */
  genre: readonly number[]
  /** After each epoch, the best model on validation so far. */
  epochs: readonly Moment[]
}

/** Steps of the grid of positions, from the centre to an edge. */
export const GRID = 500
/** Milliseconds that an epoch of the replay takes. */
const EPOCH_MILLISECONDS = 800
/** Milliseconds that the last epoch stays before the replay begins anew. */
const REST_MILLISECONDS = 5000

/** Number of the last epoch. */
export const lastOf = (recording: Recording): number => recording.epochs.length

/** Number of the first epoch. */
export const FIRST = 1

/** The moment of the latest complete epoch at a time. */
export function momentAt(recording: Recording, time: number): Moment {
  const found = recording.epochs[Math.min(Math.floor(time), lastOf(recording)) - FIRST]
  if (!found) throw new RangeError(`the recording has no epoch ${time}`)
  return found
}

/** Positions at a time, from -1 to 1; between two epochs each item is on its way from the one place to the other. */
export function positionsAt(recording: Recording, time: number): Float32Array {
  const before = momentAt(recording, time).points
  const after = momentAt(recording, Math.min(Math.floor(time) + 1, lastOf(recording))).points
  const share = smooth(time - Math.floor(time))
  return Float32Array.from(before, (value, at) => (value + share * ((after[at] ?? value) - value)) / GRID)
}

/** Slow at both ends. */
const smooth = (share: number): number => share * share * (3 - 2 * share)

export interface Anchor {
  genre: number
  x: number
  y: number
}

/** Where the name of each genre belongs: the mean of its items. */
export function anchors(recording: Recording, positions: Float32Array): Anchor[] {
  return recording.genres.map((_, genre) => {
    let [x, y, items] = [0, 0, 0]
    recording.genre.forEach((own, item) => {
      if (own !== genre) return
      x += positions[2 * item] ?? 0
      y += positions[2 * item + 1] ?? 0
      items += 1
    })
    return { genre, x: x / Math.max(1, items), y: y / Math.max(1, items) }
  })
}

/** How far the genres have parted: variance between genres over all variance, from 0 to 1. Names fade in with it. */
export function parted(recording: Recording, positions: Float32Array): number {
  const centres = anchors(recording, positions)
  let [between, all] = [0, 0]
  const whole = positions.length / 2
  let [meanX, meanY] = [0, 0]
  for (let item = 0; item < whole; item++) {
    meanX += (positions[2 * item] ?? 0) / whole
    meanY += (positions[2 * item + 1] ?? 0) / whole
  }
  recording.genre.forEach((genre, item) => {
    const centre = centres[genre]
    if (!centre) return
    between += (centre.x - meanX) ** 2 + (centre.y - meanY) ** 2
    all += ((positions[2 * item] ?? 0) - meanX) ** 2 + ((positions[2 * item + 1] ?? 0) - meanY) ** 2
  })
  return all > 0 ? between / all : 0
}

/** A box on the screen, by its centre. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** The boxes moved apart along y until none covers another, and into the frame. */
export function spreadOut(boxes: readonly Box[], width: number, height: number): Box[] {
  const placed = boxes.map((box) => ({
    ...box,
    x: Math.min(Math.max(box.x, box.width / 2), width - box.width / 2),
  }))
  for (let round = 0; round < 40; round++) {
    let moved = false
    for (const [at, one] of placed.entries()) {
      for (const other of placed.slice(at + 1)) {
        const across = (one.width + other.width) / 2 - Math.abs(one.x - other.x)
        const down = (one.height + other.height) / 2 - Math.abs(one.y - other.y)
        if (across <= 0 || down <= 0) continue
        const way = one.y <= other.y ? -1 : 1
        one.y += (way * down) / 2
        other.y -= (way * down) / 2
        moved = true
      }
    }
    for (const box of placed) box.y = Math.min(Math.max(box.y, box.height / 2), height - box.height / 2)
    if (!moved) break
  }
  return placed
}

/** The time of the replay after so many milliseconds more. */
export function advanced(recording: Recording, time: number, milliseconds: number): number {
  const last = lastOf(recording)
  const end = last + REST_MILLISECONDS / EPOCH_MILLISECONDS
  const next = time + milliseconds / EPOCH_MILLISECONDS
  return next >= end ? FIRST : next
}
