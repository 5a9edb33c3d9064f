import type { Contents, Log } from '../../sls/wire/log.ts'

/** Epoch milliseconds from 2001 to the end of what the service can store. */
const EARLIEST_MS = 1e12
const LATEST_MS = 2 ** 32 * 1000 - 1

/**
 * The log of a line that is an object in JSON, as loggers write them to a stream: `pino(producer.stream())`. Its `time` is
 * the time of the log where it is one in epoch milliseconds. Undefined for any other text.
 */
export function logOfJsonLine(line: string): Log | undefined {
  const record = objectIn(line)
  if (record === undefined) return undefined
  const { time, ...contents } = record
  const isTime = typeof time === 'number' && time >= EARLIEST_MS && time <= LATEST_MS
  return isTime ? { contents: contents as Contents, time: Math.floor(time) } : { contents: record as Contents }
}

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
