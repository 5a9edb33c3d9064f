/** The time of a log as `send` accepts it. */
export interface LogTime {
  /** Epoch milliseconds. */
  readonly time: number
  /** The part below the second, if there is one. */
  readonly nanoseconds: number | undefined
}

const EPOCH = /^(\d{1,20})(?:\.(\d+))?$/
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s?(Z|[+-]\d\d:?\d\d)?)?$/i
const MAX_MS = 0xffff_ffff * 1000
/** The producer refuses smaller numbers because they look like seconds. As milliseconds they are in January and February 1970. */
const LIKE_SECONDS = { from: 100_000_000, to: 0xffff_ffff }

/** Whether the producer accepts a time. A log with another time would be refused, so it gets the time at which it is read. */
export function isLogTime(ms: number): boolean {
  return ms >= 0 && ms <= MAX_MS && !(ms >= LIKE_SECONDS.from && ms <= LIKE_SECONDS.to)
}

/**
 * Parses a time: ISO 8601, or epoch time as a number or text, whose unit (seconds to nanoseconds) follows from the number of digits. A date
 * alone is UTC; a time of day without a zone is local. Undefined for anything else, and for times that {@link isLogTime} refuses, such as
 * years outside 1970 to 2106.
 */
export function parseLogTime(value: unknown): LogTime | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  const epoch = EPOCH.exec(text)
  if (epoch !== null) return fromEpoch(epoch[1] as string, epoch[2] ?? '')
  const iso = ISO.exec(text)
  return iso === null ? undefined : fromIso(iso[1] as string, iso[2], iso[3] ?? '', iso[4])
}

/** Up to eleven digits are seconds (until the year 5138); three more digits are the next smaller unit. */
function fromEpoch(whole: string, fraction: string): LogTime | undefined {
  const decimals = whole.length <= 11 ? 9 : whole.length <= 14 ? 6 : whole.length <= 17 ? 3 : 0
  // As text: epoch nanoseconds exceed the exact range of a number.
  const digits = (whole + fraction.padEnd(decimals, '0').slice(0, decimals)).padStart(10, '0')
  return logTime(Number(digits.slice(0, -9)), Number(digits.slice(-9)))
}

function fromIso(date: string, time: string | undefined, fraction: string, zone = ''): LogTime | undefined {
  const offset = zone.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')
  const ms = Date.parse(time === undefined ? date : `${date}T${time}${offset}`)
  return logTime(ms / 1000, Number(fraction.padEnd(9, '0').slice(0, 9)))
}

function logTime(seconds: number, nanoseconds: number): LogTime | undefined {
  if (!isLogTime(seconds * 1000)) return undefined
  return { time: seconds * 1000, nanoseconds: nanoseconds === 0 ? undefined : nanoseconds }
}
