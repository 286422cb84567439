// t-SNE (van der Maaten and Hinton 2008) with the tree of van der Maaten 2014, step by step.
//
// In: nearest neighbours in the full space. Out: points in the plane, after each step. No kept npm package does this: those that
// step compare all pairs, which ends at a few thousand points, and the one with a tree (wasm-bhtsne) either takes no steps or needs
// shared memory, which a page has only where its server sends headers that static hosts do not send.

import type { Neighbours } from './nearest'
import { normal, seeded } from './random'

export interface TsneOptions {
  perplexity: number
  seed: number
  /** Where the points begin, x0 y0 x1 y1 …, such as their principal components; drawn at random where absent. */
  start?: Float32Array | undefined
}

/** Steps of a whole layout, and those at the beginning in which like points draw each other more strongly. */
export const TSNE_STEPS = 750
const EXAGGERATED_STEPS = 250
const EXAGGERATION = 12
/** A cell of the tree acts as one point where it is smaller than this share of its distance. */
const THETA = 0.5
/** Standard deviation of the points at the start. */
const START_SPREAD = 1e-4

/** As many neighbours as a perplexity looks at. */
export const neighboursFor = (perplexity: number, rows: number): number => Math.min(rows - 1, Math.ceil(3 * perplexity))

export class Tsne {
  readonly points: Float64Array
  #step = 0
  readonly #rows: number
  readonly #rate: number
  readonly #velocity: Float64Array
  readonly #gain: Float64Array
  readonly #force: Float64Array
  readonly #affinities: Affinities
  readonly #tree: Tree

  constructor(neighbours: Neighbours, rows: number, { perplexity, seed, start }: TsneOptions) {
    this.#rows = rows
    // As openTSNE has it (Belkina et al. 2019), so that large maps unfold as fast as small ones.
    this.#rate = Math.max(50, rows / EXAGGERATION)
    this.points = initial(rows, seed, start)
    this.#velocity = new Float64Array(2 * rows)
    this.#gain = new Float64Array(2 * rows).fill(1)
    this.#force = new Float64Array(2 * rows)
    this.#affinities = affinities(neighbours, rows, perplexity)
    this.#tree = new Tree(rows)
  }

  /** One step of the descent. */
  step(): void {
    const { points } = this
    const rows = this.#rows
    const early = this.#step < EXAGGERATED_STEPS
    const momentum = early ? 0.5 : 0.8
    const force = this.#force.fill(0)
    const total = this.#tree.repel(points, force)
    for (let i = 0; i < force.length; i++) force[i] = -(force[i] as number) / total
    const { first, other, weight } = this.#affinities
    const pull = early ? EXAGGERATION : 1
    for (let row = 0; row < rows; row++) {
      const x = points[2 * row] as number
      const y = points[2 * row + 1] as number
      let along = 0
      let across = 0
      for (let at = first[row] as number; at < (first[row + 1] as number); at++) {
        const to = other[at] as number
        const dx = x - (points[2 * to] as number)
        const dy = y - (points[2 * to + 1] as number)
        const drawn = (pull * (weight[at] as number)) / (1 + dx * dx + dy * dy)
        along += drawn * dx
        across += drawn * dy
      }
      force[2 * row] = (force[2 * row] as number) + along
      force[2 * row + 1] = (force[2 * row + 1] as number) + across
    }
    const mean = [0, 0]
    for (let i = 0; i < 2 * rows; i++) {
      const slope = force[i] as number
      const speed = this.#velocity[i] as number
      // Jacobs' gains: faster where the direction stays, slower where it turns.
      const gain = Math.max(0.01, slope * speed < 0 ? (this.#gain[i] as number) + 0.2 : (this.#gain[i] as number) * 0.8)
      this.#gain[i] = gain
      const next = momentum * speed - this.#rate * gain * 4 * slope
      this.#velocity[i] = next
      points[i] = (points[i] as number) + next
      mean[i % 2] = (mean[i % 2] as number) + (points[i] as number) / rows
    }
    for (let i = 0; i < 2 * rows; i++) points[i] = (points[i] as number) - (mean[i % 2] as number)
    this.#step++
  }
}

function initial(rows: number, seed: number, start: Float32Array | undefined): Float64Array {
  const random = seeded(seed)
  const points = new Float64Array(2 * rows)
  let square = 0
  for (let i = 0; i < points.length; i++) {
    points[i] = start ? (start[i] as number) : normal(random)
    square += (points[i] as number) ** 2
  }
  const scale = square > 0 ? START_SPREAD / Math.sqrt(square / points.length) : 0
  // A little noise keeps points apart that begin at the same place.
  return points.map((value) => value * scale + normal(random) * START_SPREAD * 0.01)
}

/** The symmetric weights between points, as rows of a sparse matrix; they sum to 1. */
interface Affinities {
  first: Uint32Array
  other: Uint32Array
  weight: Float64Array
}

/** Weights whose entropy in each row is the logarithm of the perplexity, then made symmetric. */
export function affinities({ count, indices, distances }: Neighbours, rows: number, perplexity: number): Affinities {
  const conditional = new Float64Array(rows * count)
  const wanted = Math.log(Math.min(perplexity, Math.max(1, count)))
  for (let row = 0; row < rows; row++) {
    const begin = row * count
    const nearest = (distances[begin] ?? 0) ** 2
    let low = 0
    let high = Infinity
    let precision = 1
    for (let round = 0; round < 60; round++) {
      let sum = 0
      let moment = 0
      for (let i = begin; i < begin + count; i++) {
        const apart = (distances[i] as number) ** 2 - nearest
        const share = Math.exp(-precision * apart)
        conditional[i] = share
        sum += share
        moment += share * apart
      }
      const entropy = Math.log(sum) + (precision * moment) / sum
      for (let i = begin; i < begin + count; i++) conditional[i] = (conditional[i] as number) / sum
      if (Math.abs(entropy - wanted) < 1e-5) break
      if (entropy > wanted) {
        low = precision
        precision = high === Infinity ? precision * 2 : (precision + high) / 2
      } else {
        high = precision
        precision = (precision + low) / 2
      }
    }
  }
  // Each weight goes to both ends; where two points name each other, both halves come together.
  const degree = new Uint32Array(rows + 1)
  for (let row = 0; row < rows; row++) {
    degree[row + 1] = (degree[row + 1] as number) + count
    for (let i = row * count; i < (row + 1) * count; i++)
      degree[(indices[i] as number) + 1] = (degree[(indices[i] as number) + 1] as number) + 1
  }
  for (let row = 0; row < rows; row++) degree[row + 1] = (degree[row + 1] as number) + (degree[row] as number)
  const next = degree.slice()
  const other = new Uint32Array(2 * rows * count)
  const weight = new Float64Array(2 * rows * count)
  const put = (from: number, to: number, share: number) => {
    const at = next[from] as number
    next[from] = at + 1
    other[at] = to
    weight[at] = share / (2 * rows)
  }
  for (let row = 0; row < rows; row++) {
    for (let i = row * count; i < (row + 1) * count; i++) {
      put(row, indices[i] as number, conditional[i] as number)
      put(indices[i] as number, row, conditional[i] as number)
    }
  }
  return { first: degree, other, weight }
}

/** No deeper than this: points at one place would split for ever. */
const DEEPEST = 48

/** A tree of quarters over the plane; each cell knows how many points it holds and where their centre is. */
class Tree {
  readonly #rows: number
  #child: Int32Array
  #mass: Float64Array
  #x: Float64Array
  #y: Float64Array
  /** The point of a leaf, -1 where the cell is empty or has been split. */
  #point: Int32Array
  #cells = 0

  constructor(rows: number) {
    this.#rows = rows
    const room = Math.max(64, 4 * rows)
    this.#child = new Int32Array(4 * room)
    this.#mass = new Float64Array(room)
    this.#x = new Float64Array(room)
    this.#y = new Float64Array(room)
    this.#point = new Int32Array(room)
  }

  /** Adds to `force` how all points push each away, not yet divided by the sum over all pairs, which it gives back. */
  repel(points: Float64Array, force: Float64Array): number {
    let left = Infinity
    let right = -Infinity
    for (let i = 0; i < points.length; i++) {
      left = Math.min(left, points[i] as number)
      right = Math.max(right, points[i] as number)
    }
    const width = Math.max(right - left, 1e-12) * 1.0001
    this.#cells = 0
    this.#cell()
    for (let row = 0; row < this.#rows; row++) this.#insert(points, row, left, width)
    for (let cell = 0; cell < this.#cells; cell++) {
      const mass = this.#mass[cell] as number
      if (mass > 0) {
        this.#x[cell] = (this.#x[cell] as number) / mass
        this.#y[cell] = (this.#y[cell] as number) / mass
      }
    }
    const stack = new Int32Array(4 * DEEPEST + 8)
    const sizes = new Float64Array(4 * DEEPEST + 8)
    const limit = THETA * THETA
    let total = 0
    for (let row = 0; row < this.#rows; row++) {
      const x = points[2 * row] as number
      const y = points[2 * row + 1] as number
      let along = 0
      let across = 0
      let depth = 1
      stack[0] = 0
      sizes[0] = width * width
      while (depth > 0) {
        depth--
        const cell = stack[depth] as number
        const size = sizes[depth] as number
        const mass = this.#mass[cell] as number
        if (mass === 0) continue
        const dx = x - (this.#x[cell] as number)
        const dy = y - (this.#y[cell] as number)
        const square = dx * dx + dy * dy
        const leaf = (this.#child[4 * cell] as number) < 0
        if (leaf || size < limit * square) {
          const near = 1 / (1 + square)
          // A leaf may hold the point itself, which does not push itself.
          const others = leaf && this.#holds(cell, row, square) ? mass - 1 : mass
          total += others * near
          along += others * near * near * dx
          across += others * near * near * dy
          continue
        }
        for (let quarter = 0; quarter < 4; quarter++) {
          stack[depth] = this.#child[4 * cell + quarter] as number
          sizes[depth] = size / 4
          depth++
        }
      }
      force[2 * row] = (force[2 * row] as number) + along
      force[2 * row + 1] = (force[2 * row + 1] as number) + across
    }
    return Math.max(total, 1e-12)
  }

  /** Whether a leaf holds a point: it is its only one, or it is at the place of several. */
  #holds(cell: number, row: number, square: number): boolean {
    return this.#point[cell] === row || ((this.#mass[cell] as number) > 1 && square < 1e-18)
  }

  #insert(points: Float64Array, row: number, left: number, width: number): void {
    const x = points[2 * row] as number
    const y = points[2 * row + 1] as number
    let cell = 0
    let [cellX, cellY, half] = [left, left, width / 2]
    for (let depth = 0; ; depth++) {
      const mass = this.#mass[cell] as number
      this.#mass[cell] = mass + 1
      this.#x[cell] = (this.#x[cell] as number) + x
      this.#y[cell] = (this.#y[cell] as number) + y
      if ((this.#child[4 * cell] as number) < 0) {
        if (mass === 0) {
          this.#point[cell] = row
          return
        }
        const held = this.#point[cell] as number
        const [heldX, heldY] = [points[2 * held] as number, points[2 * held + 1] as number]
        if (depth >= DEEPEST || (heldX === x && heldY === y)) return
        // The point that was here goes one cell down.
        for (let quarter = 0; quarter < 4; quarter++) {
          // Apart from the assignment, since a new cell may move the array.
          const made = this.#cell()
          this.#child[4 * cell + quarter] = made
        }
        this.#point[cell] = -1
        const below = this.#child[4 * cell + Number(heldX >= cellX + half) + 2 * Number(heldY >= cellY + half)] as number
        this.#mass[below] = mass
        this.#x[below] = heldX * mass
        this.#y[below] = heldY * mass
        this.#point[below] = held
      }
      const [east, north] = [x >= cellX + half, y >= cellY + half]
      cell = this.#child[4 * cell + Number(east) + 2 * Number(north)] as number
      if (east) cellX += half
      if (north) cellY += half
      half /= 2
    }
  }

  /** A new empty cell. */
  #cell(): number {
    const cell = this.#cells++
    if (cell >= this.#mass.length) {
      const grown = <T extends Float64Array | Int32Array>(values: T): T => {
        const larger = new (values.constructor as new (length: number) => T)(2 * values.length)
        larger.set(values)
        return larger
      }
      this.#child = grown(this.#child)
      this.#mass = grown(this.#mass)
      this.#x = grown(this.#x)
      this.#y = grown(this.#y)
      this.#point = grown(this.#point)
    }
    this.#child.fill(-1, 4 * cell, 4 * cell + 4)
    this.#mass[cell] = 0
    this.#x[cell] = 0
    this.#y[cell] = 0
    this.#point[cell] = -1
    return cell
  }
}
