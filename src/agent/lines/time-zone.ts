const HOUR_MS = 3_600_000
const MAX_CACHED = 1000

const cache = new Map<string, number>()
const formats = new Map<string, Intl.DateTimeFormat>()

export function zoneProblem(zone: string): string | undefined {
  try {
    offsetOfZone(zone, 0)
    return undefined
  } catch {
    return `must be UTC, an offset such as +08:00, or the name of a zone such as Asia/Shanghai, got '${zone}'`
  }
}

/**
 * The offset of a zone from UTC in milliseconds, when its local time is `wallMs` (encoded as if it were UTC). Called for each log: the
 * result is cached by hour, since `Intl` takes some microseconds.
 * @throws RangeError for an unknown zone
 */
export function offsetOfZone(zone: string, wallMs: number): number {
  if (zone === 'Z' || zone === 'UTC') return 0
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(zone)
  if (fixed !== null) {
    const ms = (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000
    return fixed[1] === '-' ? -ms : ms
  }
  const name = `${zone}/${Math.floor(wallMs / HOUR_MS)}`
  const known = cache.get(name)
  if (known !== undefined) return known
  if (cache.size >= MAX_CACHED) cache.clear()
  // First the offset at that instant of UTC, then the offset at the corrected instant.
  const guess = offsetAt(zone, wallMs)
  const offset = offsetAt(zone, wallMs - guess)
  cache.set(name, offset)
  return offset
}

function offsetAt(zone: string, utcMs: number): number {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  const parts = Object.fromEntries(
    format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>
  const { year, month, day, hour, minute, second } = parts as Record<
    'year' | 'month' | 'day' | 'hour' | 'minute' | 'second',
    number
  >
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000
}
