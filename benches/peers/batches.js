// What the peers train on, as the page's own module does: batches of a log, random numbers, initial values, and what needs no tensor library.
//
// In: the log as text (`user,item,timestamp`, in order of time). Out: padded batches with their targets and one negative each.

export const WINDOW = 50
export const BATCH = 64
export const WIDTH = 64
export const HEADS = 2
export const DROPOUT = 0.2
/** Dropout of the second view's deviation. */
export const VARIANCE_DROPOUT = 0.1
export const KL_WEIGHT = 0.1
export const CONTRAST_WEIGHT = 0.1
export const TEMPERATURE = 0.5
export const RATE = 1e-3
/** Sequences of both views. */
export const SEQUENCES = 2 * BATCH

/** Fast enough to draw five million numbers a step (xorshift); sixteen bits make one of them. */
export class Random {
  #state = 0x9e3779b9

  next() {
    this.#state = shifted(this.#state)
    return this.#state >>> 0
  }

  /** Factors of a dropout, 0 or 1 / (1 - rate). */
  keep(count, rate) {
    const limit = Math.round(rate * 65536)
    const factor = 65536 / (65536 - limit)
    const out = new Float32Array(count)
    let state = this.#state
    for (let at = 0; at < count; at += 2) {
      state = shifted(state)
      out[at] = (state & 0xffff) < limit ? 0 : factor
      out[at + 1] = state >>> 16 < limit ? 0 : factor
    }
    this.#state = state
    return out
  }

  normal(count, deviation = 1) {
    const out = new Float32Array(count)
    let state = this.#state
    for (let at = 0; at < count; at += 2) {
      state = shifted(state)
      out[at] = deviation * QUANTILES[state & 0xffff]
      out[at + 1] = deviation * QUANTILES[state >>> 16]
    }
    this.#state = state
    return out
  }
}

function shifted(state) {
  let x = state
  x ^= x << 13
  x ^= x >>> 17
  return x ^ (x << 5)
}

/** Quantiles of N(0, 1) at the middles of 65,536 equal shares (Acklam's rational approximation). */
const QUANTILES = Float32Array.from({ length: 65536 }, (_, at) => quantile((at + 0.5) / 65536))

function quantile(p) {
  const tail = (q) =>
    (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q +
      2.938163982698783) /
    ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)))
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)))
  const q = p - 0.5
  const r = q * q
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1)
  )
}

/** Sequences of item numbers from 1 on, a user each, and how many items there are. */
export function readLog(text) {
  const users = new Map()
  const items = new Map()
  for (const line of text.trim().split('\n').slice(1)) {
    const [user, item] = line.split(',')
    if (!items.has(item)) items.set(item, items.size + 1)
    if (!users.has(user)) users.set(user, [])
    users.get(user).push(items.get(item))
  }
  return { sequences: [...users.values()], items: items.size }
}

/**
 * Batches without an end, users in an order that follows from nothing but the log. The last two items of each are held back. `room` is the
 * length of a padded row, at least the window.
 */
export function* batches({ sequences, items }, room = WINDOW) {
  const tokens = BATCH * room
  const random = new Random()
  const of = sequences.map((sequence) => ({ part: sequence.slice(0, -2), met: new Set(sequence) }))
  const users = of.filter(({ part }) => part.length >= 2)
  for (let start = 0; ; start += BATCH) {
    const ids = new Int32Array(tokens)
    const targets = new Int32Array(tokens)
    const negatives = new Int32Array(tokens)
    for (let row = 0; row < BATCH; row++) {
      // 7919 is prime: a walk through all users that starts anywhere.
      const { part, met } = users[((start + row) * 7919) % users.length]
      const seen = part.slice(-WINDOW - 1)
      const first = (row + 1) * room - (seen.length - 1)
      for (let at = 0; at + 1 < seen.length; at++) {
        ids[first + at] = seen[at]
        targets[first + at] = seen[at + 1]
        do negatives[first + at] = 1 + (random.next() % items)
        while (met.has(negatives[first + at]))
      }
    }
    yield { ids, targets, negatives, real: Float32Array.from(ids, (id) => (id > 0 ? 1 : 0)), places: placesOf(ids) }
  }
}

/** Places of both views that have a target. */
function placesOf(ids) {
  const first = []
  for (let at = 0; at < ids.length; at++) if (ids[at] > 0) first.push(at)
  return Int32Array.from([...first, ...first.map((at) => at + ids.length)])
}

export const BLOCK = ['wq', 'wk', 'wv', 'wo', 'bq', 'bk', 'bv', 'bo', 'n1', 'c1', 'w1', 'b1', 'w2', 'b2', 'n2', 'c2']

function shapeOf(name) {
  if (name === 'w1') return [WIDTH, 4 * WIDTH]
  if (name === 'w2') return [4 * WIDTH, WIDTH]
  if (name.startsWith('w')) return [WIDTH, WIDTH]
  return [name === 'b1' ? 4 * WIDTH : WIDTH]
}

/** Names, shapes and initial values of all parameters: N(0, 0.02²) for tables and weights, 0 for biases, 1 and 0 for norms. */
export function parameters(items) {
  const random = new Random()
  const all = { items: [items + 1, WIDTH], positions: [WINDOW, WIDTH], n0: [WIDTH], c0: [WIDTH] }
  for (const stack of ['mu', 'logvar', 'decoder']) for (const name of BLOCK) all[`${stack}.${name}`] = shapeOf(name)
  return Object.entries(all).map(([name, shape]) => {
    const size = shape.reduce((product, side) => product * side, 1)
    const values = shape.length === 2 ? random.normal(size, 0.02) : new Float32Array(size).fill(/n[012]$/.test(name) ? 1 : 0)
    return { name, shape, values }
  })
}

/** Rows of a table. */
export function rowsOf(table, ids, out = new Float32Array(ids.length * WIDTH)) {
  for (let row = 0; row < ids.length; row++) {
    const from = ids[row] * WIDTH
    for (let at = 0; at < WIDTH; at++) out[row * WIDTH + at] = table[from + at]
  }
  return out
}

/** Adds `factor` times rows to the rows of a table; row 0, the padding's, is never trained. */
export function addRows(table, ids, rows, factor = 1) {
  for (let row = 0; row < ids.length; row++) {
    if (ids[row] === 0) continue
    const to = ids[row] * WIDTH
    for (let at = 0; at < WIDTH; at++) table[to + at] += factor * rows[row * WIDTH + at]
  }
}

/** Binary cross-entropy with one negative, summed over the views and averaged over `count` targets; gradients of the outputs and of the table. */
export function oneNegative(outputs, targets, negatives, table, count) {
  const dOutputs = new Float32Array(outputs.length)
  const dTable = new Float32Array(table.length)
  let loss = 0
  for (let row = 0; row < targets.length; row++) {
    const [to, from, o] = [targets[row] * WIDTH, negatives[row] * WIDTH, row * WIDTH]
    let positive = 0
    let negative = 0
    for (let at = 0; at < WIDTH; at++) {
      positive += outputs[o + at] * table[to + at]
      negative += outputs[o + at] * table[from + at]
    }
    loss += Math.log1p(Math.exp(-positive)) + Math.log1p(Math.exp(negative))
    const p = -1 / (1 + Math.exp(positive)) / count
    const n = 1 / (1 + Math.exp(-negative)) / count
    for (let at = 0; at < WIDTH; at++) {
      dOutputs[o + at] = p * table[to + at] + n * table[from + at]
      dTable[to + at] += p * outputs[o + at]
      dTable[from + at] += n * outputs[o + at]
    }
  }
  return { loss: loss / count, dOutputs, dTable }
}

/** NT-Xent of pooled vectors, view 1 above view 2, and its gradient. */
export function ntXent(pooled) {
  const unit = new Float32Array(pooled.length)
  const norms = new Float32Array(SEQUENCES)
  for (let row = 0; row < SEQUENCES; row++) {
    let sum = 0
    for (let at = row * WIDTH; at < (row + 1) * WIDTH; at++) sum += pooled[at] * pooled[at]
    norms[row] = Math.max(Math.sqrt(sum), 1e-12)
    for (let at = row * WIDTH; at < (row + 1) * WIDTH; at++) unit[at] = pooled[at] / norms[row]
  }
  const dUnit = new Float32Array(pooled.length)
  const similar = new Float32Array(SEQUENCES)
  let loss = 0
  for (let row = 0; row < SEQUENCES; row++) {
    const other = (row + BATCH) % SEQUENCES
    let sum = 0
    for (let to = 0; to < SEQUENCES; to++) {
      let dot = 0
      for (let at = 0; at < WIDTH; at++) dot += unit[row * WIDTH + at] * unit[to * WIDTH + at]
      similar[to] = to === row ? 0 : Math.exp(dot / TEMPERATURE)
      sum += similar[to]
    }
    loss -= Math.log(similar[other] / sum)
    for (let to = 0; to < SEQUENCES; to++) {
      if (to === row) continue
      const weight = (similar[to] / sum - (to === other ? 1 : 0)) / TEMPERATURE / SEQUENCES
      for (let at = 0; at < WIDTH; at++) {
        dUnit[row * WIDTH + at] += weight * unit[to * WIDTH + at]
        dUnit[to * WIDTH + at] += weight * unit[row * WIDTH + at]
      }
    }
  }
  const gradient = new Float32Array(pooled.length)
  for (let row = 0; row < SEQUENCES; row++) {
    let along = 0
    for (let at = row * WIDTH; at < (row + 1) * WIDTH; at++) along += dUnit[at] * unit[at]
    for (let at = row * WIDTH; at < (row + 1) * WIDTH; at++) gradient[at] = (dUnit[at] - along * unit[at]) / norms[row]
  }
  return { loss: loss / SEQUENCES, gradient }
}

/** Adam with its usual settings, in place. */
export class Adam {
  #step = 0
  #moments = new Map()

  begin() {
    this.#step += 1
  }

  update({ name, values }, gradient) {
    if (!this.#moments.has(name)) this.#moments.set(name, [new Float32Array(values.length), new Float32Array(values.length)])
    const [first, second] = this.#moments.get(name)
    const rate = (RATE * Math.sqrt(1 - 0.999 ** this.#step)) / (1 - 0.9 ** this.#step)
    for (let at = 0; at < values.length; at++) {
      const g = gradient[at]
      first[at] = 0.9 * first[at] + 0.1 * g
      second[at] = 0.999 * second[at] + 0.001 * g * g
      values[at] -= (rate * first[at]) / (Math.sqrt(second[at]) + 1e-8)
    }
  }
}
