/** Numbers as text, each with its unit. */

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const
const COUNT_UNITS = ['', 'k', 'M', 'G', 'T'] as const

/** `1,234,567`. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** `1 log`, `12 logs`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

/** `999`, `1.2k`, `34M`: short enough for an axis. */
export function shortCount(count: number): string {
  const { value, power } = scaled(count, COUNT_UNITS.length)
  return `${value}${COUNT_UNITS[power]}`
}

/** `999 B`, `1.2 MB`. */
export function bytesText(bytes: number): string {
  const { value, power } = scaled(bytes, BYTE_UNITS.length)
  return `${value} ${BYTE_UNITS[power]}`
}

/** `0.4 ms`, `12 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(1))} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return twoParts(seconds, 60, 'min', 's')
  if (seconds < 86_400) return twoParts(Math.round(seconds / 60), 60, 'h', 'min')
  return twoParts(Math.round(seconds / 3600), 24, 'd', 'h')
}

/** `12.5 %`. */
export function shareText(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}

function twoParts(value: number, base: number, large: string, small: string): string {
  const rest = value % base
  return rest === 0 ? `${Math.floor(value / base)} ${large}` : `${Math.floor(value / base)} ${large} ${rest} ${small}`
}

function scaled(number: number, powers: number): { value: string; power: number } {
  const size = Math.abs(number)
  let power = size < 1000 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), powers - 1)
  // 999,950 is 1.0 of the next unit, not 1000.0 of this one.
  if (size / 1000 ** power >= 999.95 && power < powers - 1) power++
  const value = number / 1000 ** power
  return { value: String(Number(value.toFixed(Math.abs(value) < 100 ? 1 : 0))), power }
}
