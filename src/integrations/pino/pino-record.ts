import { addField, type Field, type Flatten } from '../common/fields.ts'
import { type RecordTime, recordTime } from '../common/record-time.ts'
import { addTraceFields } from '../common/trace-context.ts'

/** How a line of pino becomes a log. */
export interface PinoRecordOptions {
  /** Nested objects: one field for each leaf (`req.method`), or one field with JSON. Default: `'dots'`. */
  readonly flatten?: Flatten
  /** The field that holds the message. Default: `'message'`. */
  readonly messageField?: string
}

/** What pino is configured with; the transport is told of it, the stream takes the defaults. */
export interface PinoConfig {
  /** Names of the levels by their number. */
  readonly levels?: { readonly labels: Readonly<Record<number, string>> } | undefined
  /** The field of the message. Default: `msg`. */
  readonly messageKey?: string | undefined
}

export interface PinoRecord {
  readonly fields: Field[]
  readonly message: unknown
  readonly time: RecordTime | undefined
}

/** pino's own, and what many name it instead. The first that holds a time is the log's, the other stays a field. */
const TIME_KEYS = ['time', 'timestamp'] as const

const DEFAULT_LABELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** A line of pino as fields of a log: the level by its name, the time apart, everything else as it is. */
export function readPinoLine(line: string, config: PinoConfig, options: PinoRecordOptions): PinoRecord {
  const record = parse(line)
  const { messageKey = 'msg' } = config
  const { flatten = 'dots', messageField = 'message' } = options
  const timeKey = TIME_KEYS.find((key) => recordTime(record[key]) !== undefined)
  const fields: Field[] = []
  for (const key of Object.keys(record)) {
    const value = record[key]
    if (key === timeKey) continue
    if (key === 'level') addField(fields, 'level', levelName(value, config), flatten)
    else addField(fields, key === messageKey ? messageField : key, value, flatten)
  }
  if (fields.length === 0) fields.push([messageField, line])
  return { fields, message: record[messageKey], time: timeKey === undefined ? undefined : recordTime(record[timeKey]) }
}

/** In process the span of the caller is still active; in the transport's thread there is none. */
export function addActiveTrace(record: PinoRecord): void {
  addTraceFields(record.fields)
}

/** What is not an object of JSON was not written by pino itself, and is kept whole. */
function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Kept as text below.
  }
  return { msg: line }
}

/** pino may be told to write the name itself (`formatters.level`). */
function levelName(level: unknown, { levels }: PinoConfig): unknown {
  if (typeof level !== 'number') return level
  return levels?.labels[level] ?? DEFAULT_LABELS[level] ?? String(level)
}
