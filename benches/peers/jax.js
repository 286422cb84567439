// The two-view model in jax-js on its wasm backend: one compiled program a step, gradients by its own differentiation except where that is slow.
//
// In: a log and how the next item is reconstructed. Out: a step at a time. What stands in the place of slow operations is explained beside it.

import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'

import {
  BATCH,
  batches,
  CONTRAST_WEIGHT,
  DROPOUT,
  HEADS,
  KL_WEIGHT,
  parameters,
  Random,
  RATE,
  SEQUENCES,
  TEMPERATURE,
  VARIANCE_DROPOUT,
  WIDTH,
  WINDOW,
} from './batches.js'

/** Length of a row: kernels take four numbers at once, and fall back to one where fifty do not divide. */
const ROOM = 52
const TOKENS = BATCH * ROOM
const ALL = 2 * TOKENS
const HEAD = WIDTH / HEADS
/** Places with a target are counted in so many. */
const STRIDE = 384

export async function start() {
  await init('wasm')
  defaultDevice('wasm')
  // Where memory can be shared it computes on every core.
  if (globalThis.crossOriginIsolated) throw new Error('jax-js would take several threads; this comparison wants one')
  return 'jax-js'
}

const held = lax.stopGradient

/** A function of numbers one by one with a derivative by hand. */
const smooth = (x, value, slope) => held(value).add(held(slope).mul(x.ref.sub(held(x))))

/** Of the distribution function of N(0, 1) less a half, over x, by powers of (x / 4)². */
const NORMAL = [0.398832928, -1.05825937, 2.46828521, -4.26517591, 5.21738714, -4.20930373, 1.98138742, -0.408165906]
const polynomial = (t, factors) => {
  let sum = t.ref.mul(factors.at(-1)).add(factors.at(-2))
  for (const factor of factors.slice(0, -2).reverse()) sum = sum.mul(t.ref).add(factor)
  t.dispose()
  return sum
}

function gelu(x) {
  const near = np.maximum(np.minimum(held(x.ref), 4), -4)
  const t = np.square(near.ref).mul(1 / 16)
  const share = near.mul(polynomial(t.ref, NORMAL)).add(0.5)
  const density = polynomial(
    t,
    NORMAL.map((factor, at) => (2 * at + 1) * factor),
  )
  const here = held(x.ref)
  return smooth(x, here.ref.mul(share.ref), share.add(here.mul(density)))
}

/** By squares, since the backend's own works on one number at a time: five times as fast, and within 1e-4 of its value above e^-14. */
function exponential(x) {
  const u = np.maximum(x, -30).mul(1 / 256)
  const square = np.square(u.ref)
  let power = u.ref
    .add(1)
    .add(square.ref.mul(0.5))
    .add(square.mul(u).mul(1 / 6))
  for (let times = 0; times < 8; times++) power = np.square(power)
  return power
}

function exp(x) {
  const power = exponential(held(x.ref))
  return smooth(x, power.ref, power)
}

/** What a position does not see is 0, not small: a processor takes ten times as long over numbers that are nearly 0. */
function softmax(x, seen) {
  const power = exp(x.ref.sub(np.max(held(x), -1, { keepdims: true }))).mul(seen)
  return power.ref.mul(np.reciprocal(power.sum(-1, { keepdims: true })))
}

/**
 * Weighted sum of the logarithms of the softmax's denominators, for outputs `[rows, width]` and items `[width, items]`. Its gradients are two
 * products with the exponentials, which are never divided: their rows' factors go to the smaller side.
 */
function logPartition(outputs, items, weights) {
  const [o, t] = [held(outputs.ref), held(items.ref)]
  const logits = np.matmul(o.ref, t.ref)
  const most = np.max(logits.ref, -1, { keepdims: true })
  const power = exponential(logits.sub(most.ref))
  const sums = power.ref.sum(-1, { keepdims: true })
  const value = np.log(sums.ref).add(most).reshape([-1]).mul(weights.ref).sum()
  const factors = weights.reshape([-1, 1]).div(sums)
  const dOutputs = np.matmul(power.ref, np.transpose(t, [1, 0])).mul(factors.ref)
  const dItems = np.matmul(np.transpose(o.mul(factors), [1, 0]), power)
  const along = (x, slope) =>
    held(slope)
      .mul(x.ref.sub(held(x)))
      .sum()
  return held(value).add(along(outputs, dOutputs)).add(along(items, dItems))
}

function norm(x, weight, bias) {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }))
  const scale = np.sqrt(np.mean(np.square(centred.ref), -1, { keepdims: true }).add(1e-12))
  return centred.div(scale).mul(weight).add(bias)
}

const toHeads = (x) => np.transpose(x.reshape([SEQUENCES, ROOM, HEADS, HEAD]), [0, 2, 1, 3])

function block(p, x, seen, draws) {
  const map = (input, w, b) => np.matmul(input, p[w]).add(p[b])
  const q = toHeads(map(x.ref, 'wq', 'bq').mul(1 / Math.sqrt(HEAD)))
  const k = toHeads(map(x.ref, 'wk', 'bk'))
  const v = toHeads(map(x.ref, 'wv', 'bv'))
  const scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2]))
  const weights = softmax(scores, seen).mul(draws.attention)
  const context = np.transpose(np.matmul(weights, v), [0, 2, 1, 3]).reshape([ALL, WIDTH])
  const first = norm(x.add(map(context, 'wo', 'bo').mul(draws.first)), p.n1, p.c1)
  const inner = gelu(map(first.ref, 'w1', 'b1'))
  return norm(first.add(map(inner, 'w2', 'b2').mul(draws.second)), p.n2, p.c2)
}

function lossOf(full) {
  return (p, b, draws) => {
    const { items, positions, turned } = p
    const embedded = np.take(items.ref, b.ids, 0).add(np.tile(np.concatenate([np.zeros([ROOM - WINDOW, WIDTH]), positions], 0), [BATCH, 1]))
    const one = norm(embedded, p.n0, p.c0).mul(draws.embedding)
    const input = np.concatenate([one.ref, one], 0)
    const seen = b.seen
    const mu = block(p.mu, input.ref, seen.ref, draws.mu)
    const logvar = block(p.logvar, input, seen.ref, draws.logvar)
    const z = mu.ref.add(exp(logvar.ref.mul(0.5)).mul(draws.noise))
    const out = block(p.decoder, z.ref, seen, draws.decoder)
    const o = np.take(out, b.places, 0)
    let reconstruction
    if (full) {
      const target = np.take(items, b.targets, 0).mul(o.ref).sum(-1)
      reconstruction = logPartition(o, turned, b.weights.ref).sub(target.mul(b.weights).sum())
    } else {
      const positive = np.take(items.ref, b.targets, 0).mul(o.ref).sum(-1)
      turned.dispose()
      const negative = np.take(items, b.negatives, 0).mul(o).sum(-1)
      reconstruction = nn.softplus(positive.neg()).add(nn.softplus(negative)).mul(b.weights).sum()
    }
    const kl = np.square(mu).add(exp(logvar.ref)).sub(logvar).sub(1).mul(0.5).mul(b.share.ref).sum()
    const pooled = z.mul(b.real).reshape([SEQUENCES, ROOM, WIDTH]).sum(1)
    const unit = pooled.ref.div(np.sqrt(np.square(pooled).sum(-1, { keepdims: true })))
    const similar = np
      .matmul(unit.ref, np.transpose(unit.ref, [1, 0]))
      .mul(1 / TEMPERATURE)
      .add(b.own)
    const [u1, u2] = np.split(unit, 2, 0)
    const pair = u1
      .mul(u2)
      .sum(-1)
      .mul(1 / TEMPERATURE)
    const contrast = nn
      .logsumexp(similar, -1)
      .sum()
      .sub(pair.sum().mul(2))
      .mul(1 / SEQUENCES)
    const total = reconstruction.ref.add(kl.ref.mul(KL_WEIGHT)).add(contrast.ref.mul(CONTRAST_WEIGHT))
    return [total, { reconstruction, kl, contrast }]
  }
}

/** The items as the columns of a matrix: products with it are half as fast where it lies the other way. */
const turn = jit((items) => np.transpose(items.slice([1]), [1, 0]).add(0))

const array = (values, shape) => np.array(values, { dtype: values instanceof Int32Array ? np.int32 : np.float32 }).reshape(shape)

export class Model {
  #random = new Random()
  #batches
  #parameters
  #first
  #second
  #steps = 0
  #program

  constructor(log, full) {
    this.#batches = batches(log, ROOM)
    const all = parameters(log.items)
    const tensors = (values) => nested(all.map((one) => [one.name, array(values(one), one.shape)]))
    this.#parameters = tensors(({ values }) => values)
    this.#first = tensors(({ values }) => new Float32Array(values.length))
    this.#second = tensors(({ values }) => new Float32Array(values.length))
    const loss = valueAndGrad(lossOf(full), { hasAux: true })
    this.#program = jit((parameters, turned, first, second, batch, draws, rate) => {
      const [[total, terms], { turned: columns, ...g }] = loss({ ...tree.ref(parameters), turned }, batch, draws)
      total.dispose()
      g.items = g.items.add(np.concatenate([np.zeros([1, WIDTH]), np.transpose(columns, [1, 0])], 0))
      const means = tree.map((m, g) => m.mul(0.9).add(g.mul(0.1)), first, tree.ref(g))
      const squares = tree.map((v, g) => v.mul(0.999).add(np.square(g).mul(0.001)), second, g)
      const step = (p, m, v) => p.sub(m.mul(rate.ref).div(np.sqrt(v).add(1e-8)))
      const next = tree.map(step, parameters, tree.ref(means), tree.ref(squares))
      rate.dispose()
      return [next, means, squares, terms]
    })
  }

  async step() {
    this.#steps += 1
    const rate = (RATE * Math.sqrt(1 - 0.999 ** this.#steps)) / (1 - 0.9 ** this.#steps)
    const [batch, turned] = [inputs(this.#batches.next().value), turn(this.#parameters.items.ref)]
    const state = [this.#parameters, turned, this.#first, this.#second]
    const [next, first, second, terms] = this.#program(...state, batch, this.#draws(), np.array(rate))
    ;[this.#parameters, this.#first, this.#second] = [next, first, second]
    await blockUntilReady([next, first, second])
    const { reconstruction, kl, contrast } = terms
    return { reconstruction: await reconstruction.jsAsync(), kl: await kl.jsAsync(), contrast: await contrast.jsAsync() }
  }

  #draws() {
    const keep = (...shape) =>
      array(
        this.#random.keep(
          shape.reduce((all, side) => all * side),
          DROPOUT,
        ),
        shape,
      )
    const ofBlock = () => ({ attention: keep(SEQUENCES, HEADS, ROOM, ROOM), first: keep(ALL, WIDTH), second: keep(ALL, WIDTH) })
    const noise = this.#random.normal(ALL * WIDTH)
    const thin = this.#random.keep(TOKENS * WIDTH, VARIANCE_DROPOUT)
    for (let at = 0; at < thin.length; at++) noise[thin.length + at] *= thin[at]
    return { embedding: keep(TOKENS, WIDTH), noise: array(noise, [ALL, WIDTH]), mu: ofBlock(), logvar: ofBlock(), decoder: ofBlock() }
  }
}

/** A batch as arrays. Places with a target are filled up to a multiple of `STRIDE`, so that few shapes are compiled; their weight is 0. */
function inputs({ ids, targets, negatives, real, places }) {
  const count = places.length / 2
  const room = Math.ceil(places.length / STRIDE) * STRIDE
  const filled = (values) => {
    const out = new Int32Array(room)
    out.set(values)
    return array(out, [room])
  }
  const weights = new Float32Array(room).fill(1 / count, 0, places.length)
  const twice = Float32Array.from({ length: ALL }, (_, at) => real[at % TOKENS])
  return {
    ids: array(ids, [TOKENS]),
    seen: array(seenOf(real), [SEQUENCES, 1, ROOM, ROOM]),
    places: filled(places),
    targets: filled(places.map((at) => targets[at % TOKENS])),
    negatives: filled(places.map((at) => negatives[at % TOKENS])),
    weights: array(weights, [room]),
    real: array(twice, [ALL, 1]),
    share: array(
      twice.map((one) => one / count),
      [ALL, 1],
    ),
    own: array(
      Float32Array.from({ length: SEQUENCES * SEQUENCES }, (_, at) => (at % (SEQUENCES + 1) === 0 ? -1e9 : 0)),
      [SEQUENCES, SEQUENCES],
    ),
  }
}

/** One where a position sees another or itself, zero elsewhere. */
function seenOf(real) {
  const seen = new Float32Array(SEQUENCES * ROOM * ROOM)
  for (let row = 0; row < SEQUENCES; row++) {
    for (let at = 0; at < ROOM; at++) {
      const from = (row * ROOM + at) * ROOM
      for (let to = 0; to < at; to++) seen[from + to] = real[(row % BATCH) * ROOM + to]
      seen[from + at] = 1
    }
  }
  return seen
}

/** Arrays by stack and name. */
function nested(entries) {
  const out = {}
  for (const [name, value] of entries) {
    const [stack, part] = name.split('.')
    if (part) (out[stack] ??= {})[part] = value
    else out[name] = value
  }
  return out
}
