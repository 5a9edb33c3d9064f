/** When a log happened, in the form that `send` takes. */
export interface LogTime {
  /** Epoch milliseconds. */
  readonly time: number
  /** What is below a second, where there is something. */
  readonly nanoseconds: number | undefined
}

const EPOCH = /^(\d{1,20})(?:\.(\d+))?$/
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s?(Z|[+-]\d\d:?\d\d)?)?$/i
const MAX_SECONDS = 0xffff_ffff

/**
 * Reads a time: epoch seconds, milliseconds, microseconds or nanoseconds, told apart by their number of digits, as a
 * number or as text; or ISO 8601. A date alone is UTC, a time of day without a zone is local. Undefined for all else,
 * and for years outside 1970 to 2106, which the service cannot store.
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
  if (!(seconds >= 0 && seconds <= MAX_SECONDS)) return undefined
  return { time: seconds * 1000, nanoseconds: nanoseconds === 0 ? undefined : nanoseconds }
}
