// Numbers as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export const count = (value: number) => whole.format(value)

/** A number with at most `digits` decimals, without trailing zeros. */
export const decimal = (value: number, digits: number) =>
  new Intl.NumberFormat('en', { maximumFractionDigits: digits }).format(value)

/** A number with exactly `digits` decimals, for columns. */
export const fixed = (value: number, digits: number) => value.toFixed(digits)

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
  return `${value >= 10 || value === 0 ? Math.round(value) : value.toPrecision(2)} %`
}

export function bytes(value: number): string {
  if (value < 1000) return `${Math.round(value)} B`
  if (value < 999_500) return `${(value / 1e3).toFixed(0)} kB`
  return `${(value / 1e6).toFixed(1)} MB`
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  const left = Math.max(0, Math.round(seconds))
  if (left < 60) return `${left} s`
  const minutes = Math.floor(left / 60)
  if (minutes < 60) return `${minutes} min ${String(left % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}
