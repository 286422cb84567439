// A comparison as files: the table for spreadsheets, and all of it as the command line writes it.

import type { Comparison, Mean, Row } from '../../../pkg/src/protocol'
import { tsv } from '../../shell/tsv'

const METRICS = ['recall_20', 'recall_40', 'ndcg_20', 'ndcg_40', 'mrr', 'rare_recall_40', 'valid_ndcg_20'] as const
const OTHERS = ['active_units', 'kl', 'kl_to_prior', 'mutual_information', 'contrastive_bound', 'epochs', 'seconds'] as const

/** The table; a mean over seeds has its standard deviation in the column after it. */
export function asTsv(rows: readonly Row[]): string {
  const keys = [...METRICS, ...OTHERS]
  const header = ['model', 'seeds', ...keys.flatMap((key) => [key, `${key}_deviation`]), 'dimensions', 'parameters', 'latent', 'ranking']
  return tsv(
    header,
    rows.map((row) => [
      row.model,
      row.seeds.join(' '),
      ...keys.flatMap((key) => cells(row[key] ?? null)),
      row.dimensions ?? '',
      row.parameters ?? '',
      row.verdict.latent ?? '',
      row.verdict.ranking?.as ?? '',
    ]),
  )
}

/** As many digits as a single-precision number has. */
const digits = (value: number | null | undefined) => (value == null ? '' : Number(value.toPrecision(7)))
const cells = (mean: Mean | null): (string | number)[] => [digits(mean?.mean), digits(mean?.deviation)]

/** What `contrastvae compare` writes as comparison.json, and shows with `--show`. */
export const asJson = (comparison: Comparison): string => JSON.stringify(comparison, null, 2)
