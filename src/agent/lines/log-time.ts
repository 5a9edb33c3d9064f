/** When a log happened, in the form that `send` takes. */
export interface LogTime {
  /** Epoch milliseconds. */
  readonly time: number
  /** What is below a second, where there is something. */
  readonly nanoseconds: number | undefined
}

const EPOCH = /^(\d{1,20})(?:\.(\d+))?$/
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s?(Z|[+-]\d\d:?\d\d)?)?$/i
const MAX_MS = 0xffff_ffff * 1000
/** Milliseconds that a producer refuses, because they look like seconds: of January and February 1970. */
const LIKE_SECONDS = { from: 100_000_000, to: 0xffff_ffff }

/** Whether the producer takes a time. A log with another one would be refused for it, and keeps its place with the time at which it is read. */
export function isLogTime(ms: number): boolean {
  return ms >= 0 && ms <= MAX_MS && !(ms >= LIKE_SECONDS.from && ms <= LIKE_SECONDS.to)
}

/**
 * Reads a time: epoch seconds, milliseconds, microseconds or nanoseconds, told apart by their number of digits, as a
 * number or as text; or ISO 8601. A date alone is UTC, a time of day without a zone is local. Undefined for all else,
 * and for what is no {@link isLogTime}, such as years outside 1970 to 2106.
 */
export function parseLogTime(value: unknown): LogTime | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  const epoch = EPOCH.exec(text)
  if (epoch !== null) return fromEpoch(epoch[1] as string, epoch[2] ?? '')
  const iso = ISO.exec(text)
  return iso === null ? undefined : fromIso(iso[1] as string, iso[2], iso[3] ?? '', iso[4])
}

/** Eleven digits of seconds reach the year 5138; three more are the next finer unit. */
function fromEpoch(whole: string, fraction: string): LogTime | undefined {
  const decimals = whole.length <= 11 ? 9 : whole.length <= 14 ? 6 : whole.length <= 17 ? 3 : 0
  // As text: nanoseconds since 1970 are more than a number holds exactly.
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
