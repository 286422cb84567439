// Numbers, sizes and times as people read them, in the language of the page.

import { type Language, speech } from './text/language.svelte'

const formats = new Map<string, Intl.NumberFormat>()

/** Making one is slow, and there are few. */
function format(digits: number): Intl.NumberFormat {
  const key = `${speech.locale} ${digits}`
  let made = formats.get(key)
  if (!made) {
    made = new Intl.NumberFormat(speech.locale, { maximumFractionDigits: digits })
    formats.set(key, made)
  }
  return made
}

export const count = (value: number) => format(0).format(value)

/** A number with at most `digits` decimals, without trailing zeros. */
export const decimal = (value: number, digits: number) => format(digits).format(value)

/** A number with exactly `digits` decimals, for columns. */
export const fixed = (value: number, digits: number) => value.toFixed(digits)

/** The same with its sign, which a value that rounds to 0 does not have. */
export function signed(value: number, digits: number): string {
  const text = fixed(Math.abs(value), digits)
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}

/** Four significant digits or so, whatever the size. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 1000) return count(value)
  if (size >= 100) return value.toFixed(1)
  if (size >= 1) return value.toFixed(2)
  if (size >= 0.001 || size === 0) return value.toFixed(4)
  return value.toExponential(1)
}

export function percent(share: number): string {
  const value = share * 100
  const written = value >= 10 || value === 0 ? String(Math.round(value)) : value.toPrecision(2)
  return `${written} %`
}

export function bytes(value: number): string {
  if (value < 1000) return `${Math.round(value)} B`
  if (value < 999_500) return `${(value / 1e3).toFixed(0)} kB`
  if (value < 999_950_000) return `${(value / 1e6).toFixed(1)} MB`
  return `${(value / 1e9).toFixed(1)} GB`
}

const UNITS: Record<Language, { second: string; minute: string; hour: string }> = {
  en: { second: 's', minute: 'min', hour: 'h' },
  'zh-Hant': { second: '秒', minute: '分', hour: '小時' },
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  const { second, minute, hour } = UNITS[speech.language]
  const left = Math.max(0, Math.round(seconds))
  if (left < 60) return `${left} ${second}`
  const minutes = Math.floor(left / 60)
  if (minutes < 60) return `${minutes} ${minute} ${String(left % 60).padStart(2, '0')} ${second}`
  return `${Math.floor(minutes / 60)} ${hour} ${String(minutes % 60).padStart(2, '0')} ${minute}`
}
