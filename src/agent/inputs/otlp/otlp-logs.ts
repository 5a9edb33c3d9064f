import type { Log, Value } from '../../../sls/wire/log.ts'
import { isLogTime } from '../../lines/log-time.ts'

type Json = Record<string, unknown>
type Fields = [key: string, value: Value][]

const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
const MAX_DEPTH = 32

/**
 * The logs of an export request, decoded or as JSON. The fields are those of the exporter in `loghub-producer/opentelemetry`. Ignores
 * parts of another type than the protocol defines: requests are not trusted.
 */
export function logsOfRequest(request: unknown): Log[] {
  const logs: Log[] = []
  for (const resourceLogs of objects((request as Json | null)?.resourceLogs)) {
    const shared: Fields = []
    addAttributes(shared, 'resource.', (resourceLogs.resource as Json | undefined)?.attributes)
    for (const scopeLogs of objects(resourceLogs.scopeLogs)) {
      const scope = scopeLogs.scope as Json | undefined
      const ofScope: Fields = [...shared]
      add(ofScope, 'scope.name', scope?.name || undefined)
      add(ofScope, 'scope.version', scope?.version || undefined)
      for (const record of objects(scopeLogs.logRecords)) logs.push(logOf(record, ofScope))
    }
  }
  return logs
}

function logOf(record: Json, shared: Fields): Log {
  const fields: Fields = []
  const severity = Number(record.severityNumber ?? 0)
  add(fields, 'level', text(record.severityText)?.toLowerCase() || severityName(severity))
  add(fields, 'severity_number', severity || undefined)
  add(fields, 'message', plainValue(record.body))
  add(fields, 'event_name', record.eventName || undefined)
  addAttributes(fields, '', record.attributes)
  add(fields, 'trace_id', idText(record.traceId))
  add(fields, 'span_id', idText(record.spanId))
  if (record.traceId && Number(record.flags) > 0)
    add(fields, 'trace_flags', (Number(record.flags) & 0xff).toString(16).padStart(2, '0'))
  add(fields, 'dropped_attributes_count', Number(record.droppedAttributesCount ?? 0) || undefined)
  fields.push(...shared)
  if (fields.length === 0) fields.push(['message', ''])
  return { contents: fields, ...timeOf(record) }
}

function timeOf({ timeUnixNano, observedTimeUnixNano }: Json): { time?: number; nanoseconds?: number } {
  for (const nanos of [timeUnixNano, observedTimeUnixNano]) {
    if (!/^\d{1,20}$/.test(String(nanos ?? ''))) continue
    const value = BigInt(String(nanos))
    const seconds = Number(value / 1_000_000_000n)
    if (seconds > 0 && isLogTime(seconds * 1000))
      return { time: seconds * 1000, nanoseconds: Number(value % 1_000_000_000n) }
  }
  return {}
}

function addAttributes(fields: Fields, prefix: string, attributes: unknown): void {
  for (const { key, value } of objects(attributes)) {
    if (typeof key === 'string' && prefix + key !== '') add(fields, prefix + key, plainValue(value))
  }
}

/** An `AnyValue` as a plain value. */
function plainValue(any: unknown, depth = 0): Value {
  if (typeof any !== 'object' || any === null || depth > MAX_DEPTH) return undefined
  const value = any as Json
  if (value.stringValue !== undefined) return String(value.stringValue)
  if (value.boolValue !== undefined) return Boolean(value.boolValue)
  if (value.intValue !== undefined) return String(value.intValue)
  if (value.doubleValue !== undefined) return Number(value.doubleValue)
  if (value.bytesValue !== undefined)
    return value.bytesValue instanceof Uint8Array
      ? Buffer.from(value.bytesValue).toString('base64')
      : String(value.bytesValue)
  if (value.arrayValue !== undefined)
    return objects((value.arrayValue as Json | null)?.values).map((item) => plainValue(item, depth + 1) ?? null)
  if (value.kvlistValue === undefined) return undefined
  const entries = objects((value.kvlistValue as Json | null)?.values)
  return Object.fromEntries(entries.map(({ key, value: item }) => [String(key), plainValue(item, depth + 1)]))
}

function add(fields: Fields, key: string, value: Value): void {
  if (value !== undefined) fields.push([key, value])
}

function objects(list: unknown): Json[] {
  return Array.isArray(list) ? list.filter((item): item is Json => typeof item === 'object' && item !== null) : []
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** An id is hexadecimal text in JSON and bytes in protobuf. */
function idText(id: unknown): string | undefined {
  const hex = id instanceof Uint8Array ? Buffer.from(id).toString('hex') : text(id)
  return hex === undefined || /^0*$/.test(hex) ? undefined : hex.toLowerCase()
}

/** Severity numbers start at 1; each name has four. */
function severityName(severityNumber: number): string | undefined {
  return SEVERITIES[Math.floor((severityNumber - 1) / 4)]
}
