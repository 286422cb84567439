// Run files of many people: what “Save as JSON” of the runs, or the button for a class, writes.
//
// In: the name of a file and its text. Out: the runs in it, or why there are none. Nothing in a file is trusted: what has another shape
// than a run is told, and no number that is none gets further.

import type { Metrics } from '../../../pkg/src/protocol'
import { METRICS, type RunPosterior, type RunRecord } from '../../shell/runs.svelte'
import type { Flat } from '../../shell/settings'

/** Why a file brings no runs. */
export type FileFault =
  'large' | 'archive' | 'notJson' | 'comparison' | 'checkpoint' | 'other' | 'newer' | 'damaged' | 'empty' | 'unreadable'

/** A file of this size holds some thousand runs, or something else. */
export const MOST_BYTES = 32 << 20
const MOST_NAME = 60
/** As `asJson` of the runs writes it. */
const FORMAT = 1

/** A run of a file; `key` is null where an earlier version wrote it. */
export type FileRun = Omit<RunRecord, 'id' | 'key'> & { key: string | null }

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isCount = (value: unknown): value is number => isNumber(value) && Number.isInteger(value) && value >= 0

/** The runs of a file, at least one. */
export function readRuns(written: string): FileRun[] | FileFault {
  if (written.startsWith('PK')) return 'archive'
  let content: unknown
  try {
    content = JSON.parse(written.replace(/^\uFEFF/, ''))
  } catch {
    return 'notJson'
  }
  if (!isObject(content)) return 'other'
  if (Array.isArray(content['outcomes'])) return 'comparison'
  if (isObject(content['config']) && 'step' in content) return 'checkpoint'
  if (!Array.isArray(content['runs'])) return 'other'
  if (content['format'] !== FORMAT) return 'newer'
  if (content['runs'].length === 0) return 'empty'
  const runs = content['runs'].map(readRun)
  return runs.every((run) => run !== null) ? runs : 'damaged'
}

function readRun(value: unknown): FileRun | null {
  if (!isObject(value)) return null
  const { name, data, device, values, validation, key } = value
  if (!isObject(data) || !isObject(values) || !Array.isArray(validation) || validation.length === 0) return null
  const { users, items, interactions } = data
  if (!isCount(users) || !isCount(items) || !isCount(interactions)) return null
  if (!Object.values(values).every((one) => ['number', 'string', 'boolean'].includes(typeof one))) return null
  const points = validation.map(readPoint)
  if (!points.every((point) => point !== null)) return null
  return {
    key: typeof key === 'string' ? key : null,
    name: wordsOf(name),
    data: { name: wordsOf(data['name']), users, items, interactions },
    device: wordsOf(device),
    values: values as Flat,
    validation: points,
    posterior: Array.isArray(value['posterior']) ? value['posterior'].flatMap((look) => readPosterior(look) ?? []) : [],
    parameters: isCount(value['parameters']) ? value['parameters'] : null,
    test: readTest(value['test']),
    seconds: isNumber(value['seconds']) ? value['seconds'] : null,
  }
}

const wordsOf = (value: unknown) => (typeof value === 'string' ? value.trim().slice(0, MOST_NAME) : '')

function readPoint(value: unknown): RunRecord['validation'][number] | null {
  if (!isObject(value) || !isCount(value['epoch'])) return null
  const metrics = readMetrics(value['metrics'])
  // Old files may lack what is beside the model; it is not shown here.
  return metrics && { epoch: value['epoch'], metrics, popularity: readMetrics(value['popularity']) ?? metrics, groups: [], seconds: null }
}

function readMetrics(value: unknown): Metrics | null {
  if (!isObject(value) || !['users', ...METRICS].every((key) => isNumber(value[key]))) return null
  return value as unknown as Metrics
}

function readTest(value: unknown): RunRecord['test'] {
  const metrics = isObject(value) ? readMetrics(value['metrics']) : null
  return isObject(value) && metrics && isCount(value['epoch']) ? { epoch: value['epoch'], metrics } : null
}

function readPosterior(value: unknown): RunPosterior | null {
  const keys = ['epoch', 'active_units', 'dimensions', 'kl', 'mutual_information', 'mutual_information_ceiling'] as const
  if (!isObject(value) || !keys.every((key) => isNumber(value[key]))) return null
  return value as unknown as RunPosterior
}
