/** When a record was made, in the form that the producer takes. */
export interface RecordTime {
  /** Epoch milliseconds, whole. */
  readonly time: number
  /** The part below the second, 0 to 999,999,999, where the library knows more than milliseconds. */
  readonly nanoseconds?: number
}

const SECONDS_BELOW = 1e11
const MILLISECONDS_BELOW = 1e14
const MICROSECONDS_BELOW = 1e17

/**
 * The time of a record, from what loggers write: epoch seconds, milliseconds, microseconds or nanoseconds (told apart by
 * their size, right for the years 1973 to 5138), or ISO 8601 text with up to nine digits of the second. Undefined when
 * it cannot be read, or the service has no such time: the log then has the time at which it was sent.
 */
export function recordTime(value: unknown): RecordTime | undefined {
  return ifPossible(read(value))
}

/** The service counts seconds from 1970 in 32 bits. A log of another time would be refused as a whole. */
function ifPossible(time: RecordTime | undefined): RecordTime | undefined {
  return time !== undefined && time.time >= 0 && time.time < 2 ** 32 * 1000 ? time : undefined
}

function read(value: unknown): RecordTime | undefined {
  if (value instanceof Date) return { time: value.getTime() }
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? fromNumber(value) : undefined
  if (typeof value === 'bigint') return fromNanoseconds(value)
  return typeof value === 'string' ? fromText(value) : undefined
}

/** OpenTelemetry's time: seconds and nanoseconds. */
export function fromHrTime([seconds, nanoseconds]: readonly [number, number]): RecordTime | undefined {
  return ifPossible({ time: seconds * 1000 + Math.floor(nanoseconds / 1e6), nanoseconds })
}

function fromNumber(value: number): RecordTime | undefined {
  if (value < SECONDS_BELOW) return { time: Math.round(value * 1000) }
  if (value < MILLISECONDS_BELOW) {
    const time = Math.floor(value)
    const fraction = value - time
    return fraction === 0 ? { time } : { time, nanoseconds: (time % 1000) * 1e6 + Math.round(fraction * 1e6) }
  }
  if (value < MICROSECONDS_BELOW) return { time: Math.floor(value / 1000), nanoseconds: (value % 1e6) * 1000 }
  return fromNanoseconds(BigInt(Math.floor(value)))
}

function fromNanoseconds(value: bigint): RecordTime | undefined {
  if (value <= 0n) return undefined
  return { time: Number(value / 1_000_000n), nanoseconds: Number(value % 1_000_000_000n) }
}

function fromText(value: string): RecordTime | undefined {
  if (/^\d+(\.\d+)?$/.test(value)) {
    return value.length > 17 && !value.includes('.') ? fromNanoseconds(BigInt(value)) : fromNumber(Number(value))
  }
  const time = Date.parse(value)
  if (Number.isNaN(time)) return undefined
  const fraction = /[T ]\d{2}:\d{2}:\d{2}[.,](\d{4,9})/.exec(value)?.[1]
  return fraction === undefined ? { time } : { time, nanoseconds: Number(fraction.padEnd(9, '0')) }
}
