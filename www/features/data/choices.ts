// What a person may choose about a log: what is left out and what is held back.
//
// In: the values of the form, or keys of the address. Out: the filter and the split that the worker takes. The way in which a
// file is understood is not part of it, since that belongs to one file (`mapping.ts`).

import type { ReadOptions, Repeats, SplitRule } from '../../../pkg/src/protocol'

/** The form under "Filter and split". Null and '' leave a filter out. */
export interface Choices {
  /** Kinds of interactions that stay, with commas between them; '' keeps all. */
  events: string
  min_rating: number | null
  from: string
  to: string
  recent_users: number | null
  repeats: Repeats
  /** Null stands for what is usual: `USUAL_MINIMUM`. */
  min_user: number | null
  min_item: number | null
  rule: SplitRule['rule']
  valid_percent: number
  test_percent: number
}

/** What is loaded: the generated example needs no filter, a real log does. */
export type Kind = 'file' | 'example'

export const USUAL_MINIMUM: Record<Kind, number> = { file: 5, example: 1 }

export const USUAL: Choices = {
  events: '',
  min_rating: null,
  from: '',
  to: '',
  recent_users: null,
  repeats: 'keep',
  min_user: null,
  min_item: null,
  rule: 'leave_one_out',
  valid_percent: 10,
  test_percent: 10,
}

/** Ranges of the numbers, those of `src/log/options.rs`. */
export const LIMITS = {
  recent_users: { least: 1, most: 4_294_967_295 },
  min_user: { least: 1, most: 100_000 },
  min_item: { least: 1, most: 100_000 },
  valid_percent: { least: 1, most: 45 },
  test_percent: { least: 1, most: 45 },
} as const

export const REPEATS: readonly Repeats[] = ['keep', 'first', 'last', 'consecutive']
export const RULES: readonly SplitRule['rule'][] = ['leave_one_out', 'time_cut']

/** The key of each choice in the address. */
const KEYS: Record<keyof Choices, string> = {
  events: 'filter.events',
  min_rating: 'filter.min_rating',
  from: 'filter.from',
  to: 'filter.to',
  recent_users: 'filter.recent_users',
  repeats: 'filter.repeats',
  min_user: 'filter.min_user',
  min_item: 'filter.min_item',
  rule: 'split.rule',
  valid_percent: 'split.valid_percent',
  test_percent: 'split.test_percent',
}

/** Both minima at once, as addresses of earlier versions have it. */
const K_CORE = 'k_core'

export const sameChoices = (one: Choices, other: Choices) =>
  (Object.keys(KEYS) as (keyof Choices)[]).every((key) => one[key] === other[key])

/** The part of the reading options that the form decides. */
export function toOptions(choices: Choices, kind: Kind): Required<Pick<ReadOptions, 'filter' | 'split'>> {
  const { events, min_rating, from, to, recent_users, repeats, min_user, min_item, rule, valid_percent, test_percent } = choices
  return {
    filter: {
      ...(events ? { events: events.split(',') } : {}),
      ...(min_rating === null ? {} : { min_rating }),
      ...(from.trim() ? { from: from.trim() } : {}),
      ...(to.trim() ? { to: to.trim() } : {}),
      ...(recent_users === null ? {} : { recent_users }),
      repeats,
      min_user: min_user ?? USUAL_MINIMUM[kind],
      min_item: min_item ?? USUAL_MINIMUM[kind],
    },
    split: rule === 'time_cut' ? { rule, valid_percent, test_percent } : { rule },
  }
}

/**
 * `choices` with what a script or a kept run gives for something of that kind: a filter or a split that is given stands for itself, its gaps for
 * what is usual. A minimum that is usual for the kind is no choice, so that the example's does not become that of the next file.
 */
export function withOptions(choices: Choices, options: ReadOptions, kind: Kind): Choices {
  const next = { ...choices }
  if (options.filter) {
    const { events, min_rating, from, to, recent_users, repeats, min_user, min_item } = options.filter
    next.events = events?.join(',') ?? ''
    next.min_rating = min_rating ?? null
    next.from = from ?? ''
    next.to = to ?? ''
    next.recent_users = recent_users ?? null
    next.repeats = repeats ?? USUAL.repeats
    next.min_user = chosenMinimum(min_user, kind)
    next.min_item = chosenMinimum(min_item, kind)
  }
  if (options.split) {
    next.rule = options.split.rule
    if (options.split.rule === 'time_cut') {
      next.valid_percent = options.split.valid_percent
      next.test_percent = options.split.test_percent
    }
  }
  return next
}

const chosenMinimum = (minimum: number | undefined, kind: Kind): number | null =>
  minimum === undefined || minimum === USUAL_MINIMUM[kind] ? null : minimum

/** Puts what differs from the usual into the address. */
export function choicesToHash(choices: Choices, parameters: URLSearchParams): void {
  for (const key of Object.keys(KEYS) as (keyof Choices)[]) {
    const value = choices[key]
    if (value !== null && value !== USUAL[key]) parameters.set(KEYS[key], String(value))
  }
}

/** Takes one key of an address: `unknown` where it is no choice, `bad` where its value cannot be. */
export function choiceFromHash(choices: Choices, key: string, written: string): 'taken' | 'bad' | 'unknown' {
  const number = written.trim() === '' ? NaN : Number(written)
  const whole = (least: number, most: number) => Number.isInteger(number) && number >= least && number <= most
  const put = (good: boolean, part: Partial<Choices>) => {
    if (good) Object.assign(choices, part)
    return good ? 'taken' : 'bad'
  }
  if (key === K_CORE) return put(whole(1, LIMITS.min_user.most), { min_user: number, min_item: number })
  const choice = (Object.keys(KEYS) as (keyof Choices)[]).find((one) => KEYS[one] === key)
  switch (choice) {
    case undefined:
      return 'unknown'
    case 'min_rating':
      return put(Number.isFinite(number), { min_rating: number })
    case 'events':
      return put(written.length <= 400, { events: written })
    case 'from':
    case 'to':
      return put(written.length <= 40, { [choice]: written })
    case 'repeats':
      return put((REPEATS as readonly string[]).includes(written), { repeats: written as Repeats })
    case 'rule':
      return put((RULES as readonly string[]).includes(written), { rule: written as SplitRule['rule'] })
    default:
      return put(whole(LIMITS[choice].least, LIMITS[choice].most), { [choice]: number })
  }
}
