// As seconds this is the year 5138, as milliseconds it is 1973: no credentials end at either.
const FEWEST_MILLISECONDS = 1e11
const DIGITS = /^\d{1,16}$/
const DATE_AND_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?/
const TIME_ZONE = /(Z|[+-]\d\d:?\d\d)$/i

/**
 * When credentials end, in epoch milliseconds, from what token services answer with: a Date, epoch seconds or
 * milliseconds (as a number or as digits), or ISO text. Text without a time zone is UTC, as the token service writes it.
 * Undefined when it is none of them.
 */
export function expirationMs(value: unknown): number | undefined {
  const timeMs = value instanceof Date ? value.getTime() : typeof value === 'string' ? textMs(value.trim()) : value
  if (typeof timeMs !== 'number' || !Number.isFinite(timeMs)) return undefined
  const isSeconds = !(value instanceof Date) && Math.abs(timeMs) < FEWEST_MILLISECONDS && !isDateText(value)
  return isSeconds ? timeMs * 1000 : timeMs
}

function textMs(text: string): number {
  if (DIGITS.test(text)) return Number(text)
  if (!DATE_AND_TIME.test(text)) return Number.NaN
  return Date.parse(TIME_ZONE.test(text) ? text : `${text}Z`)
}

function isDateText(value: unknown): boolean {
  return typeof value === 'string' && !DIGITS.test(value.trim())
}
