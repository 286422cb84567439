// Comparisons that were done on this machine, so that none of their models is trained twice.
//
// In: a comparison after each of its models. Out: all that are kept, as the worker takes them. They hold names and numbers, no part of a
// log; the settings that all models had belong to the key, since with others a model is another one.

import type { Comparison } from '../../../pkg/src/protocol'

export interface Kept {
  /** The settings for all models, as one text. */
  settings: string
  comparison: Comparison
}

const KEY = 'contrastvae.comparisons'
/** Data sets and settings; the oldest goes for a new one. */
const MOST = 8

const isKept = (value: unknown): value is Kept => {
  const kept = value as Partial<Kept> | null
  return typeof kept?.settings === 'string' && typeof kept.comparison?.fingerprint === 'string' && Array.isArray(kept.comparison.outcomes)
}

/** What an earlier visit kept; nothing where that cannot be read. */
export function readKept(): Kept[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isKept) : []
  } catch {
    return []
  }
}

/** Writes them for the next visit; false where there is no room or no storage. */
export function writeKept(kept: readonly Kept[]): boolean {
  try {
    if (kept.length > 0) localStorage.setItem(KEY, JSON.stringify(kept))
    else localStorage.removeItem(KEY)
    return true
  } catch {
    return false
  }
}

/** Takes what was kept out of the browser's storage. */
export function forgetKept(): void {
  writeKept([])
}

/** `kept` with a comparison in the place of an earlier one of the same data and settings. */
export function withKept(kept: readonly Kept[], one: Kept): Kept[] {
  const others = kept.filter(
    ({ settings, comparison }) => settings !== one.settings || comparison.fingerprint !== one.comparison.fingerprint,
  )
  return [...others, one].slice(-MOST)
}

/** `kept` without the comparison of these data and settings. */
export const withoutKept = (kept: readonly Kept[], settings: string, fingerprint: string): Kept[] =>
  kept.filter((one) => one.settings !== settings || one.comparison.fingerprint !== fingerprint)
