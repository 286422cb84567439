// A model card (Mitchell et al. 2019) as Markdown: what a model that is handed on was trained on, how, and how good it is.
//
// In: the counts of a log, the record of a run and the words for it. Out: a text in which only what nobody but its author can say is
// left to fill in. Of the log there are numbers alone: no name, no identifier, no title, no date.

import type { Metrics, Summary } from '../../../pkg/src/protocol'
import { count, duration } from '../../shell/format'
import type { RunResult } from '../../shell/runs.svelte'
import { orderedKeys, type Value } from '../../shell/settings'
import type { CardWords } from './words-card'

export interface CardFacts {
  /** Version of the program. */
  version: string
  summary: Pick<
    Summary,
    'users' | 'items' | 'interactions' | 'users_before' | 'items_before' | 'interactions_before' | 'mean_length' | 'density' | 'split'
  >
  result: RunResult
  labelOf: (key: string) => string | undefined
  shown: (value: Value) => string
}

const KEYS = ['recall_5', 'recall_10', 'recall_20', 'recall_40', 'ndcg_5', 'ndcg_10', 'ndcg_20', 'ndcg_40', 'mrr'] as const
/** Two-sided, of a normal distribution, for 95 %. */
const Z = 1.959964

/**
 * Interval of 95 % of a share of `users`, by E. B. Wilson (1927), which stays between 0 and 1 and holds for small shares; null without users.
 * Recall is such a share, since each user has one answer. NDCG and MRR are none: their spread over users is not known here.
 */
export function shareInterval(share: number, users: number): [number, number] | null {
  if (!(users > 0)) return null
  const middle = share + (Z * Z) / (2 * users)
  const half = Z * Math.sqrt((share * (1 - share)) / users + (Z * Z) / (4 * users * users))
  const whole = 1 + (Z * Z) / users
  return [Math.max(0, (middle - half) / whole), Math.min(1, (middle + half) / whole)]
}

function measured(metrics: Metrics | null | undefined, key: (typeof KEYS)[number]): string {
  if (!metrics) return '–'
  const value = metrics[key]
  const interval = key.startsWith('recall_') ? shareInterval(value, metrics.users) : null
  return interval ? `${value.toFixed(4)} (${interval.map((end) => end.toFixed(4)).join('–')})` : value.toFixed(4)
}

/** A cell that cannot end its column. */
const cell = (value: string) => value.replaceAll('|', '\\|').replace(/\s+/g, ' ')

const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

const list = (rows: readonly (readonly [string, string])[]) => rows.map(([name, value]) => `- ${name}: ${value}`).join('\n')

export function modelCard({ version, summary, result, labelOf, shown }: CardFacts, words: CardWords): string {
  const { run, epoch, posterior } = result
  const { values, test } = run
  const setting = (key: string) => {
    const value = values[key]
    return value === undefined ? words.unknown : shown(value)
  }
  const filtered = (left: number, before: number) => (left === before ? count(left) : words.filtered(left, before))
  const trained = run.validation.at(-1)?.epoch ?? epoch
  const best = run.validation.find((point) => point.epoch === epoch)
  const sections: [string, string][] = [
    [
      words.model,
      list([
        [words.kind, [setting('model.kind'), ...(values['model.kind'] === 'contrastvae' ? [setting('view.mode')] : [])].join(', ')],
        [words.parameters, run.parameters === null ? words.unknown : count(run.parameters)],
        [words.program, `ContrastVAE Lab ${version || words.unknown}`],
        [words.seed, values['seed'] === undefined ? words.unknown : String(values['seed'])],
      ]),
    ],
    [words.use, words.useHelp],
    [
      words.data,
      `${list([
        [words.users, filtered(summary.users, summary.users_before)],
        [words.items, filtered(summary.items, summary.items_before)],
        [words.interactions, filtered(summary.interactions, summary.interactions_before)],
        [words.meanLength, summary.mean_length.toFixed(1)],
        [words.density, summary.density.toPrecision(3)],
        [words.trainInteractions, count(summary.split.train_interactions)],
        [words.asked, words.askedUsers(summary.split.valid_users, summary.split.test_users)],
      ])}\n\n${words.countsOnly}`,
    ],
    [
      words.training,
      list([
        [words.device, run.device || words.unknown],
        [words.epochs, words.epochOf(epoch, trained)],
        [words.seconds, run.seconds === null ? words.unknown : duration(run.seconds)],
      ]),
    ],
    [
      words.metrics,
      `${table(
        [words.metric, words.validation(epoch), test ? words.test(test.epoch) : words.noTest, words.popularity],
        KEYS.map((key) => [
          words.metricNames[key],
          measured(result.metrics, key),
          measured(test?.metrics, key),
          best ? best.popularity[key].toFixed(4) : '–',
        ]),
      )}\n\n${words.intervals}`,
    ],
    [
      words.latent,
      posterior
        ? list([
            [words.active, words.ofDimensions(posterior.active_units, posterior.dimensions)],
            [words.kl, posterior.kl.toPrecision(4)],
            [
              words.information,
              words.atMost(posterior.mutual_information.toPrecision(4), posterior.mutual_information_ceiling.toPrecision(4)),
            ],
          ])
        : words.noLatent,
    ],
    [
      words.settings,
      table(
        [words.setting, words.key, words.value],
        orderedKeys(values).map((key) => [labelOf(key) ?? key, `\`${key}\``, setting(key)]),
      ),
    ],
    [words.limits, words.limitsHelp],
    [words.licence, words.licenceHelp],
  ]
  const parts = sections.map(([heading, content]) => `## ${heading}\n\n${content}`)
  return [`# ${words.heading}`, words.lead, ...parts].join('\n\n') + '\n'
}
