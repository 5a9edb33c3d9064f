import { types } from 'node:util'
import type { Value } from '../../sls/wire/log.ts'
import { errorFields } from './error-fields.ts'

/** How nested objects become fields: `dots` gives one field for each leaf (`req.method`), `json` one field with JSON. */
export type Flatten = 'dots' | 'json'

export type Field = readonly [key: string, value: Value]

/** Deeper objects, and those behind the first fields, become JSON: a record cannot grow without bound, cycles included. */
const MAX_DEPTH = 8
const MAX_FIELDS = 512

/**
 * The own enumerable properties of a record as fields of a log. An Error becomes the fields of its type, message, stack,
 * cause and inner errors. Arrays and all objects that are not plain stay one value, which the producer encodes.
 */
export function fieldsOf(record: object, flatten: Flatten = 'dots'): Field[] {
  const fields: Field[] = []
  addFields(fields, '', record, flatten, 0)
  return fields
}

/** Adds one property of a record, flattened. */
export function addField(fields: Field[], key: string, value: unknown, flatten: Flatten = 'dots', depth = 0): void {
  // The service has no field without a name.
  if (value === undefined || key === '') return
  if (typeof value === 'function' || typeof value === 'symbol') {
    fields.push([key, String(value)])
    return
  }
  const nested = nestedFields(value)
  if (nested === undefined) fields.push([key, value as Value])
  else if (flatten === 'json' || depth >= MAX_DEPTH || fields.length >= MAX_FIELDS) fields.push([key, nested])
  else addFields(fields, `${key}.`, nested, flatten, depth + 1)
}

function addFields(fields: Field[], prefix: string, record: object, flatten: Flatten, depth: number): void {
  for (const key of Object.keys(record)) {
    addField(fields, prefix + key, read(record, key), flatten, depth)
  }
}

/** A getter that throws costs its own field, and says so in its place. */
function read(record: object, key: string): unknown {
  try {
    return (record as Record<string, unknown>)[key]
  } catch (thrown) {
    return `[getter threw: ${thrown instanceof Error ? thrown.message : 'unknown'}]`
  }
}

/** What of a value can be spread over several fields; undefined where it is one value. */
function nestedFields(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Error || types.isNativeError(value)) return errorFields(value)
  const prototype = Object.getPrototypeOf(value)
  const isPlain = prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
  return isPlain && typeof (value as { toJSON?: unknown }).toJSON !== 'function' && Object.keys(value).length > 0
    ? value
    : undefined
}
