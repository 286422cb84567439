// Writes `recording.json`, the run that the first screen replays: the example with the default preset, after each of its epochs.
//
//     cargo build --release && node www/features/start/record.mjs target/release/contrastvae
//
// In: the command line of this project, which trains to each epoch, exports the items and diagnoses the posterior. Out: positions by
// principal components, turned so that they do not jump from epoch to epoch and rounded to a grid, with the numbers of the epoch.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const EPOCHS = 20
/** Steps of the grid of positions, from the centre to an edge; the same as in `replay.ts`. */
const GRID = 500
/** Rounds of the power method; the gap between the second and the third axis is large. */
const ROUNDS = 500

const program = process.argv[2] ?? 'target/release/contrastvae'
// A folder that holds runs e1, e2, … already may be named, so that nothing is trained twice.
const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'recording-'))
const run = (...words) => execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 })
const read = (name) => readFileSync(join(folder, name), 'utf8')
const rows = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
const rounded = (value) => Math.round(value * 1e4) / 1e4
const dot = (one, other) => one.reduce((sum, value, at) => sum + value * other[at], 0)

/** The two principal components of rows, the largest coordinate 1 in size. */
function components(values) {
  const mean = values[0].map((_, column) => values.reduce((sum, row) => sum + row[column], 0) / values.length)
  const centred = values.map((row) => row.map((value, column) => value - mean[column]))
  const axes = []
  for (let axis = 0; axis < 2; axis++) {
    let direction = mean.map((_, at) => Math.cos(at + axis))
    for (let round = 0; round < ROUNDS; round++) {
      const along = centred.map((row) => dot(row, direction))
      let next = mean.map((_, column) => centred.reduce((sum, row, at) => sum + row[column] * along[at], 0))
      for (const earlier of axes) {
        const shared = dot(next, earlier)
        next = next.map((value, at) => value - shared * earlier[at])
      }
      const length = Math.sqrt(dot(next, next))
      direction = next.map((value) => value / length)
    }
    axes.push(direction)
  }
  const points = centred.map((row) => axes.map((axis) => dot(row, axis)))
  const largest = Math.max(...points.flat().map(Math.abs))
  return points.map((point) => point.map((value) => value / largest))
}

/** The points turned, and mirrored if need be, to lie as close as they can to those before (orthogonal Procrustes in the plane). */
function turned(points, before) {
  if (!before) return points
  const best = [1, -1].map((mirror) => {
    const own = points.map(([x, y]) => [x, mirror * y])
    const cosine = own.reduce((sum, [x, y], at) => sum + x * before[at][0] + y * before[at][1], 0)
    const sine = own.reduce((sum, [x, y], at) => sum + x * before[at][1] - y * before[at][0], 0)
    const length = Math.hypot(cosine, sine)
    return { length, own: own.map(([x, y]) => [(x * cosine - y * sine) / length, (x * sine + y * cosine) / length]) }
  })
  return (best[0].length >= best[1].length ? best[0] : best[1]).own
}

/** The genre of each title, by the words that the example makes titles of. */
function genresOf(titles) {
  const source = readFileSync(new URL('../../../src/log/example.rs', import.meta.url), 'utf8')
  const list = source.slice(source.indexOf('const GENRES'), source.indexOf('];', source.indexOf('const GENRES')))
  const parts = [...list.matchAll(/"((?:[^"\\]|\\\s*\n)*)"/g)].map((found) => found[1].replace(/\\\s*\n\s*/g, ''))
  const names = parts.filter((_, at) => at % 3 === 0)
  const ends = parts.filter((_, at) => at % 3 === 2).map((words) => words.split(', '))
  const found = titles.map((title) => {
    const own = names.filter((_, genre) => ends[genre].some((end) => new RegExp(`\\b${end}\\b`).test(title)))
    if (own.length !== 1) throw new Error(`"${title}" is of ${own.length} genres`)
    return own[0]
  })
  // As the page numbers them: those with most items first.
  const items = (name) => found.filter((one) => one === name).length
  const genres = [...names].sort((one, other) => items(other) - items(one))
  return { genres, genre: found.map((name) => genres.indexOf(name)) }
}

function moment(epoch, before) {
  const name = `e${epoch}`
  const out = join(folder, name)
  try {
    read(`${name}/run.json`)
  } catch {
    run('train', '--data', 'example', '--out', out, '--set', `training.epochs=${epoch}`)
  }
  run('export', '--run', out, '--what', 'items', '--out', `${out}.tsv`)
  const {
    active_units,
    mutual_information,
    dimensions,
    rows: users,
  } = JSON.parse(run('diagnose', '--run', out, '--data', 'example', '--json'))
  const { valid } = JSON.parse(read(`${name}/run.json`)).history.epochs[epoch - 1]
  const points = turned(components(rows(read(`${name}.tsv`)).map((row) => row.map(Number))), before)
  return { points, dimensions, users, numbers: { ndcg_20: rounded(valid.ndcg_20), active_units, information: rounded(mutual_information) } }
}

const moments = []
for (let epoch = 1; epoch <= EPOCHS; epoch++) moments.push(moment(epoch, moments.at(-1)?.points))
const titles = rows(read('e1.metadata.tsv'))
  .slice(1)
  .map(([, title]) => title)
const { baselines } = JSON.parse(run('baselines', '--data', 'example', '--json'))
const recording = {
  command: 'node www/features/start/record.mjs',
  users: moments[0].users,
  items: titles.length,
  dimensions: moments[0].dimensions,
  popularity: rounded(baselines.find(({ name }) => name === 'popularity').valid['ndcg@20']),
  ...genresOf(titles),
  epochs: moments.map(({ points, numbers }) => ({ ...numbers, points: points.flat().map((value) => Math.round(value * GRID)) })),
}
writeFileSync(new URL('recording.json', import.meta.url), JSON.stringify(recording) + '\n')
