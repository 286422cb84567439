// The two-view model in TensorFlow.js on its wasm backend with SIMD, gradients by hand.
//
// In: a log and how the next item is reconstructed. Out: a step at a time. Where a kernel of this backend is slow, what is done instead stands
// beside it.

import * as tf from '@tensorflow/tfjs-core'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'

import {
  Adam,
  addRows,
  BATCH,
  batches,
  BLOCK,
  CONTRAST_WEIGHT,
  DROPOUT,
  HEADS,
  KL_WEIGHT,
  ntXent,
  oneNegative,
  parameters,
  Random,
  rowsOf,
  SEQUENCES,
  VARIANCE_DROPOUT,
  WIDTH,
  WINDOW,
} from './batches.js'

const TOKENS = BATCH * WINDOW
const ALL = 2 * TOKENS
const HEAD = WIDTH / HEADS
/** Coefficients of the gelu by a hyperbolic tangent, as twice those of the logistic function. */
const [GELU_1, GELU_3] = [2 * Math.sqrt(2 / Math.PI), 2 * Math.sqrt(2 / Math.PI) * 0.044715]

export async function start(wasmFolder) {
  setWasmPaths(wasmFolder)
  await tf.setBackend('wasm')
  await tf.ready()
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')
  const threads = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')
  if (!simd || threads) throw new Error(`tfjs has SIMD: ${simd}, threads: ${threads}; this comparison wants SIMD and one thread`)
  return `tfjs ${tf.version_core}`
}

/** A product of two matrices of which one is to be transposed: with its own flag the backend leaves its fast products (16 times as long). */
const transposed = (x) => tf.transpose(x)

/** Products of many small matrices, `[count, m, k]` and `[count, k, n]`: one by one through the fast product, since the batched kernel is not. */
function products(a, b) {
  const [count, m, k] = a.shape
  const n = b.shape[2]
  const [left, right] = [a.dataSync(), b.dataSync()]
  const out = []
  for (let at = 0; at < count; at++) {
    const x = tf.tensor2d(left.subarray(at * m * k, (at + 1) * m * k), [m, k])
    const y = tf.tensor2d(right.subarray(at * k * n, (at + 1) * k * n), [k, n])
    out.push(tf.matMul(x, y))
    x.dispose()
    y.dispose()
  }
  const all = tf.concat(out, 0)
  tf.dispose(out)
  return tf.reshape(all, [count, m, n])
}

/** `[all, width]` to `[sequences * heads, window, head]`, and back. */
const toHeads = (x) =>
  tf.reshape(tf.transpose(tf.reshape(x, [SEQUENCES, WINDOW, HEADS, HEAD]), [0, 2, 1, 3]), [SEQUENCES * HEADS, WINDOW, HEAD])
const fromHeads = (x) => tf.reshape(tf.transpose(tf.reshape(x, [SEQUENCES, HEADS, WINDOW, HEAD]), [0, 2, 1, 3]), [ALL, WIDTH])
const turned = (x) => tf.transpose(x, [0, 2, 1])

function norm(x, weight, bias) {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-12))
  const unit = tf.mul(centred, scale)
  return { out: tf.add(tf.mul(unit, weight), bias), unit, scale }
}

function normBack(d, { unit, scale }, weight, ones) {
  const dUnit = tf.mul(d, weight)
  const inner = tf.sub(tf.sub(dUnit, tf.mean(dUnit, -1, true)), tf.mul(unit, tf.mean(tf.mul(dUnit, unit), -1, true)))
  return { d: tf.mul(inner, scale), dWeight: sumRows(tf.mul(d, unit), ones), dBias: sumRows(d, ones) }
}

/** Sum over rows as a product, a tenth of the time of `sum(0)`. */
const sumRows = (x, ones) => tf.matMul(ones, x)

function block(p, x, mask, draws) {
  const map = (input, w, b) => tf.fused.matMul({ a: input, b: p[w], bias: p[b] })
  const q = toHeads(tf.mul(map(x, 'wq', 'bq'), 1 / Math.sqrt(HEAD)))
  const k = toHeads(map(x, 'wk', 'bk'))
  const v = toHeads(map(x, 'wv', 'bv'))
  const weights = tf.softmax(tf.add(products(q, turned(k)), mask))
  const kept = tf.mul(weights, draws.attention)
  const context = fromHeads(products(kept, v))
  const first = norm(tf.add(x, tf.mul(map(context, 'wo', 'bo'), draws.first)), p.n1, p.c1)
  const inner = map(first.out, 'w1', 'b1')
  const square = tf.square(inner)
  const gate = tf.sigmoid(tf.mul(inner, tf.add(tf.mul(square, GELU_3), GELU_1)))
  const active = tf.mul(inner, gate)
  const second = norm(tf.add(first.out, tf.mul(map(active, 'w2', 'b2'), draws.second)), p.n2, p.c2)
  return { x, q, k, v, weights, kept, context, first, inner, square, gate, active, second, out: second.out }
}

function blockBack(p, d, of, draws, ones) {
  const g = {}
  const back = (dOut, input, w, b) => {
    g[w] = tf.matMul(transposed(input), dOut)
    g[b] = sumRows(dOut, ones)
    return tf.matMul(dOut, transposed(p[w]))
  }
  const second = normBack(d, of.second, p.n2, ones)
  const dActive = back(tf.mul(second.d, draws.second), of.active, 'w2', 'b2')
  const slope = tf.mul(tf.mul(of.active, tf.sub(1, of.gate)), tf.add(tf.mul(of.square, 3 * GELU_3), GELU_1))
  const dInner = tf.mul(dActive, tf.add(of.gate, slope))
  const dFirst = tf.add(second.d, back(dInner, of.first.out, 'w1', 'b1'))
  const first = normBack(dFirst, of.first, p.n1, ones)
  const dContext = toHeads(back(tf.mul(first.d, draws.first), of.context, 'wo', 'bo'))
  const dKept = tf.mul(products(dContext, turned(of.v)), draws.attention)
  const dV = fromHeads(products(turned(of.kept), dContext))
  const weighted = tf.mul(dKept, of.weights)
  const dScores = tf.sub(weighted, tf.mul(of.weights, tf.sum(weighted, -1, true)))
  const dQ = tf.mul(fromHeads(products(dScores, of.k)), 1 / Math.sqrt(HEAD))
  const dK = fromHeads(products(turned(dScores), of.q))
  const dX = [back(dQ, of.x, 'wq', 'bq'), back(dK, of.x, 'wk', 'bk'), back(dV, of.x, 'wv', 'bv')]
  Object.assign(g, { n1: first.dWeight, c1: first.dBias, n2: second.dWeight, c2: second.dBias })
  return { d: tf.addN([first.d, ...dX]), g }
}

/** Softmax over all items at the outputs with a target, summed over the views. The table is `[items, width]`, without the padding. */
function fullSoftmax(outputs, targets, table, count) {
  const items = table.length / WIDTH
  const all = tf.tensor2d(table, [items, WIDTH])
  const rows = tf.tensor2d(outputs, [targets.length, WIDTH])
  const shares = tf.softmax(tf.matMul(rows, transposed(all)))
  const hits = tf.gatherND(
    shares,
    tf.tensor2d(
      Int32Array.from({ length: 2 * targets.length }, (_, at) => (at % 2 ? targets[at >> 1] - 1 : at >> 1)),
      [targets.length, 2],
      'int32',
    ),
  )
  const loss = -hits.dataSync().reduce((sum, share) => sum + Math.log(share), 0) / count
  const dOutputs = tf.matMul(shares, all).dataSync()
  // The other way round would have to transpose the shares, which takes as long again.
  const dTable = transposed(tf.matMul(transposed(rows), shares)).dataSync()
  for (let row = 0; row < targets.length; row++) {
    const [o, t] = [row * WIDTH, (targets[row] - 1) * WIDTH]
    for (let at = 0; at < WIDTH; at++) {
      dOutputs[o + at] = (dOutputs[o + at] - table[t + at]) / count
      dTable[t + at] -= outputs[o + at]
    }
  }
  for (let at = 0; at < dTable.length; at++) dTable[at] /= count
  return { loss, dOutputs, dTable }
}

const STACKS = ['mu', 'logvar', 'decoder']

export class Model {
  #random = new Random()
  #adam = new Adam()
  #batches
  #full
  #all
  #of

  constructor(log, full) {
    this.#batches = batches(log)
    this.#full = full
    this.#all = parameters(log.items)
    this.#of = Object.fromEntries(this.#all.map((parameter) => [parameter.name, parameter]))
  }

  step() {
    const batch = this.#batches.next().value
    return tf.tidy(() => this.#step(batch))
  }

  #draws() {
    const keep = (shape) =>
      tf.tensor(
        this.#random.keep(
          shape.reduce((all, side) => all * side),
          DROPOUT,
        ),
        shape,
      )
    return {
      attention: keep([SEQUENCES * HEADS, WINDOW, WINDOW]),
      first: keep([ALL, WIDTH]),
      second: keep([ALL, WIDTH]),
    }
  }

  #step(batch) {
    const p = {}
    for (const { name, shape, values } of this.#all) {
      if (name !== 'items' && name !== 'positions') p[name] = tf.tensor(values, shape)
    }
    const parts = Object.fromEntries(STACKS.map((stack) => [stack, Object.fromEntries(BLOCK.map((name) => [name, p[`${stack}.${name}`]]))]))
    const { ids, places } = batch
    const count = places.length / 2
    const ones = tf.ones([1, ALL])
    const mask = tf.tensor(maskOf(batch.real), [SEQUENCES * HEADS, WINDOW, WINDOW])
    const real = tf.tensor2d(
      Float32Array.from({ length: ALL }, (_, at) => batch.real[at % TOKENS]),
      [ALL, 1],
    )

    // Rows are looked up here: the backend's own `gather` takes thirty times as long and has no gradient.
    const table = this.#of.items.values
    const embedded = rowsOf(table, ids)
    const positions = this.#of.positions.values
    for (let at = 0; at < embedded.length; at++) embedded[at] += positions[at % positions.length]
    const start = norm(tf.tensor2d(embedded, [TOKENS, WIDTH]), p.n0, p.c0)
    const kept = tf.tensor2d(this.#random.keep(TOKENS * WIDTH, DROPOUT), [TOKENS, WIDTH])
    const one = tf.mul(start.out, kept)
    const input = tf.concat([one, one], 0)

    const draws = STACKS.map(() => this.#draws())
    const mu = tf.tidy(() => block(parts.mu, input, mask, draws[0]))
    const logvar = tf.tidy(() => block(parts.logvar, input, mask, draws[1]))
    const noise = this.#random.normal(ALL * WIDTH)
    const thin = this.#random.keep(TOKENS * WIDTH, VARIANCE_DROPOUT)
    for (let at = 0; at < thin.length; at++) noise[thin.length + at] *= thin[at]
    const moved = tf.mul(tf.exp(tf.mul(logvar.out, 0.5)), tf.tensor2d(noise, [ALL, WIDTH]))
    const z = tf.add(mu.out, moved)
    const decoded = tf.tidy(() => block(parts.decoder, z, mask, draws[2]))

    // Reconstruction at the places that have a target.
    const targets = Int32Array.from(places, (at) => batch.targets[at % TOKENS])
    const outputs = rowsOf(decoded.out.dataSync(), places)
    let reconstruction
    let dTable
    if (this.#full) {
      // Nothing is returned: what a tidy returns is searched for tensors, number by number.
      tf.tidy(() => {
        reconstruction = fullSoftmax(outputs, targets, table.subarray(WIDTH), count)
      })
      dTable = new Float32Array(table.length)
      dTable.set(reconstruction.dTable, WIDTH)
    } else {
      const negatives = Int32Array.from(places, (at) => batch.negatives[at % TOKENS])
      reconstruction = oneNegative(outputs, targets, negatives, table, count)
      dTable = reconstruction.dTable
    }
    const dOut = new Float32Array(ALL * WIDTH)
    for (let row = 0; row < places.length; row++) {
      dOut.set(reconstruction.dOutputs.subarray(row * WIDTH, (row + 1) * WIDTH), places[row] * WIDTH)
    }

    // Contrast of the sums over real positions, and the divergence, a mean over them.
    const pooled = tf.sum(tf.reshape(tf.mul(z, real), [SEQUENCES, WINDOW, WIDTH]), 1)
    const contrast = ntXent(pooled.dataSync())
    const spread = tf.tensor(contrast.gradient, [SEQUENCES, 1, WIDTH])
    const dPooled = tf.mul(tf.reshape(tf.mul(tf.mul(tf.reshape(real, [SEQUENCES, WINDOW, 1]), CONTRAST_WEIGHT), spread), [ALL, WIDTH]), 1)
    const variance = tf.exp(logvar.out)
    const each = tf.mul(tf.sub(tf.sub(tf.add(tf.square(mu.out), variance), logvar.out), 1), tf.mul(real, 0.5 / count))
    const kl = tf.sum(each).dataSync()[0]

    const decoding = tf.tidy(() => blockBack(parts.decoder, tf.tensor2d(dOut, [ALL, WIDTH]), decoded, draws[2], ones))
    const dZ = tf.add(decoding.d, dPooled)
    const share = tf.mul(real, KL_WEIGHT / count)
    const dMu = tf.add(dZ, tf.mul(mu.out, share))
    const dLogvar = tf.add(tf.mul(tf.mul(dZ, moved), 0.5), tf.mul(tf.mul(tf.sub(variance, 1), 0.5), share))
    const ofMu = tf.tidy(() => blockBack(parts.mu, dMu, mu, draws[0], ones))
    const ofLogvar = tf.tidy(() => blockBack(parts.logvar, dLogvar, logvar, draws[1], ones))
    const dInput = tf.add(ofMu.d, ofLogvar.d)
    const dOne = tf.mul(tf.add(tf.slice(dInput, [0, 0], [TOKENS, WIDTH]), tf.slice(dInput, [TOKENS, 0], [TOKENS, WIDTH])), kept)
    const begun = normBack(dOne, start, p.n0, tf.ones([1, TOKENS]))
    const dEmbedded = begun.d.dataSync()
    addRows(dTable, ids, dEmbedded)
    const dPositions = new Float32Array(positions.length)
    for (let at = 0; at < dEmbedded.length; at++) dPositions[at % positions.length] += dEmbedded[at]

    const gradients = { items: dTable, positions: dPositions, n0: begun.dWeight, c0: begun.dBias }
    for (const [stack, { g }] of [
      ['mu', ofMu],
      ['logvar', ofLogvar],
      ['decoder', decoding],
    ]) {
      for (const name of BLOCK) gradients[`${stack}.${name}`] = g[name]
    }
    this.#adam.begin()
    for (const parameter of this.#all) {
      const gradient = gradients[parameter.name]
      this.#adam.update(parameter, gradient instanceof Float32Array ? gradient : gradient.dataSync())
    }
    return { reconstruction: reconstruction.loss, kl, contrast: contrast.loss }
  }
}

/** Zero where a position sees another, in each head of both views; a large negative number elsewhere. */
function maskOf(real) {
  const mask = new Float32Array(SEQUENCES * HEADS * WINDOW * WINDOW)
  const size = HEADS * WINDOW * WINDOW
  for (let row = 0; row < BATCH; row++) {
    const from = row * size
    for (let at = 0; at < WINDOW; at++) {
      for (let to = 0; to < WINDOW; to++) {
        const seen = to <= at && real[row * WINDOW + to] > 0
        for (let head = 0; head < HEADS; head++) mask[from + (head * WINDOW + at) * WINDOW + to] = seen ? 0 : -10000
      }
    }
  }
  mask.copyWithin(BATCH * size, 0, BATCH * size)
  return mask
}
