import { InvalidArgumentError } from 'commander'
import { parseLogTime } from '../../agent/lines/log-time.ts'
import { durationMs } from '../shared/option-values.ts'

/** Where reading starts: at the first log, after the last, at a time, or at a time before now. */
export type StartPoint = 'begin' | 'end' | { readonly epochSeconds: number } | { readonly agoMs: number }

export function startPoint(text: string): StartPoint {
  if (text === 'begin' || text === 'end') return text
  if (/^-\d/.test(text)) return { agoMs: durationMs(text.slice(1)) }
  const time = parseLogTime(text)
  if (time !== undefined) return { epochSeconds: time.time / 1000 }
  throw new InvalidArgumentError('Give begin, end, a time (epoch or ISO 8601), or how long ago, such as -10m.')
}

/** The start point in the form that the service accepts. */
export function cursorFrom(start: StartPoint, nowMs: number): 'begin' | 'end' | number {
  if (typeof start === 'string') return start
  if ('epochSeconds' in start) return Math.floor(start.epochSeconds)
  return Math.max(0, Math.floor((nowMs - start.agoMs) / 1000))
}
