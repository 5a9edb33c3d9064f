import { isLogTime, type LogTime, parseLogTime } from './log-time.ts'
import { offsetOfZone, zoneProblem } from './time-zone.ts'

/** Parses a time; undefined if the text is not valid. */
export type TimeReader = (text: string) => LogTime | undefined

export interface TimeFormatOptions {
  /** `auto`: ISO 8601, or epoch time whose unit follows from its digits. Or a pattern as in strptime, such as `%d/%b/%Y:%H:%M:%S %z`. */
  readonly format?: string
  /** Zone of times that do not contain one: `UTC`, `+08:00`, or a name such as `Asia/Shanghai`. Default: the zone of the process. */
  readonly timezone?: string
}

type Part = 'Y' | 'y' | 'm' | 'd' | 'H' | 'I' | 'M' | 'S' | 'f' | 'b' | 'p' | 'z' | 's' | 'Q'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** The fields of a format: those of strptime that logs contain, `%f` for a fraction of a second, and `%Q` for epoch milliseconds. */
const FIELDS: Readonly<Record<string, readonly [Part | '', string]>> = {
  Y: ['Y', '(\\d{4})'],
  y: ['y', '(\\d{2})'],
  m: ['m', '(\\d{1,2})'],
  d: ['d', '\\s?(\\d{1,2})'],
  e: ['d', '\\s?(\\d{1,2})'],
  H: ['H', '(\\d{1,2})'],
  I: ['I', '(\\d{1,2})'],
  M: ['M', '(\\d{2})'],
  S: ['S', '(\\d{2})'],
  f: ['f', '(\\d{1,9})'],
  L: ['f', '(\\d{3})'],
  b: ['b', '([A-Za-z]{3})'],
  B: ['b', '([A-Za-z]{3,9})'],
  p: ['p', '([AaPp][Mm])'],
  z: ['z', '(Z|[+-]\\d{2}:?\\d{2})'],
  Z: ['', '[A-Za-z]{1,5}'],
  a: ['', '[A-Za-z]{3}'],
  A: ['', '[A-Za-z]{6,9}'],
  s: ['s', '(\\d{1,11})'],
  Q: ['Q', '(\\d{1,14})'],
}

export function timeFormatProblem(format: string): string | undefined {
  if (format === 'auto') return undefined
  for (const [field, letter] of format.matchAll(/%(.?)/g)) {
    if (letter !== '%' && (letter === '' || FIELDS[letter as string] === undefined)) {
      const known = Object.keys(FIELDS).map((name) => `%${name}`)
      return `must be 'auto' or a format of ${known.join(' ')}, and has ${field}`
    }
  }
  return format.includes('%') ? undefined : "must be 'auto' or a format such as %Y-%m-%d %H:%M:%S"
}

export { zoneProblem }

/** @param nowMs for formats without a year: the year is chosen that makes the time nearest to now */
export function timeReader({ format = 'auto', timezone }: TimeFormatOptions, nowMs: () => number): TimeReader {
  if (format === 'auto') return (text) => parseLogTime(timezone === undefined ? text : withZone(text, timezone))
  const { regex, parts } = compile(format)
  return (text) => {
    const match = regex.exec(text)
    return match === null ? undefined : timeOf(parts, match, timezone, nowMs)
  }
}

function compile(format: string): { regex: RegExp; parts: readonly Part[] } {
  const parts: Part[] = []
  const source = format.replace(
    /%(.)|([.*+?^${}()|[\]\\/])/g,
    (_, letter: string | undefined, special: string | undefined) => {
      if (letter === undefined) return `\\${special}`
      if (letter === '%') return '%'
      const [part, pattern] = FIELDS[letter] as readonly [Part | '', string]
      if (part !== '') parts.push(part)
      return pattern
    },
  )
  return { regex: new RegExp(`^${source}`), parts }
}

function timeOf(
  parts: readonly Part[],
  match: RegExpExecArray,
  timezone: string | undefined,
  nowMs: () => number,
): LogTime | undefined {
  let [year, month, day, hour, minute, second] = [undefined as number | undefined, 1, 1, 0, 0, 0]
  let [fraction, isAfternoon, zone] = ['', undefined as boolean | undefined, undefined as string | undefined]
  for (const [index, part] of parts.entries()) {
    const text = match[index + 1] as string
    switch (part) {
      case 'Y':
        year = Number(text)
        break
      case 'y':
        year = Number(text) + (Number(text) < 69 ? 2000 : 1900)
        break
      case 'm':
        month = Number(text)
        break
      case 'b':
        month = MONTHS.indexOf(text.slice(0, 3).toLowerCase()) + 1
        break
      case 'd':
        day = Number(text)
        break
      case 'H':
      case 'I':
        hour = Number(text)
        break
      case 'M':
        minute = Number(text)
        break
      case 'S':
        second = Number(text)
        break
      case 'f':
        fraction = text
        break
      case 'p':
        isAfternoon = text.toLowerCase() === 'pm'
        break
      case 'z':
        zone = text
        break
      case 's':
      case 'Q':
        return parseLogTime(part === 's' ? Number(text) : text.padStart(13, '0'))
    }
  }
  if (isAfternoon !== undefined) hour = (hour % 12) + (isAfternoon ? 12 : 0)
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return undefined
  const epoch = (ofYear: number) => epochMs(Date.UTC(ofYear, month - 1, day, hour, minute, second), zone ?? timezone)
  return logTime(year === undefined ? nearest(epoch, nowMs()) : epoch(year), fraction)
}

/** A log of 31 December that is read on 1 January has the year before. */
function nearest(epoch: (year: number) => number, nowMs: number): number {
  const year = new Date(nowMs).getUTCFullYear()
  const candidates = [year - 1, year, year + 1].map(epoch)
  return candidates.reduce((best, ms) => (Math.abs(ms - nowMs) < Math.abs(best - nowMs) ? ms : best))
}

function epochMs(wallMs: number, zone: string | undefined): number {
  if (zone === undefined) {
    const wall = new Date(wallMs)
    return new Date(
      wall.getUTCFullYear(),
      wall.getUTCMonth(),
      wall.getUTCDate(),
      wall.getUTCHours(),
      wall.getUTCMinutes(),
      wall.getUTCSeconds(),
    ).getTime()
  }
  return wallMs - offsetOfZone(zone, wallMs)
}

function logTime(ms: number, fraction: string): LogTime | undefined {
  if (!isLogTime(ms)) return undefined
  const nanoseconds = Number(fraction.padEnd(9, '0').slice(0, 9))
  return { time: ms, nanoseconds: nanoseconds === 0 ? undefined : nanoseconds }
}

function withZone(text: string, timezone: string): string {
  const isLocal = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?$/.test(text)
  if (!isLocal) return text
  const wallMs = Date.parse(`${text.slice(0, 10)}T${text.slice(11).replace(',', '.')}Z`)
  const minutes = Math.round(offsetOfZone(timezone, wallMs) / 60_000)
  const sign = minutes < 0 ? '-' : '+'
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${text}${sign}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`
}
