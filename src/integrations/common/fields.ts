import { types } from 'node:util'
import { toError } from '../../core/errors.ts'
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
  addFields(fields, '', record, flatten)
  return fields
}

/** Adds one property of a record, flattened. What cannot be read costs its own field, and says so in its place. */
export function addField(fields: Field[], key: string, value: unknown, flatten: Flatten = 'dots', depth = 0): void {
  // The service has no field without a name.
  if (value === undefined || key === '') return
  addSafely(fields, key, () => {
    const nested = nestedFields(value)
    if (nested === undefined) fields.push([key, plainValue(value)])
    else if (flatten === 'json' || depth >= MAX_DEPTH || fields.length >= MAX_FIELDS) fields.push([key, nested])
    else addFields(fields, `${key}.`, nested, flatten, depth + 1)
  })
}

/** A proxy, a getter or a `toString` may throw wherever a value is looked at: it costs this field, and no logger throws. */
export function addSafely(fields: Field[], key: string, add: () => void): void {
  try {
    add()
  } catch (thrown) {
    fields.push([key, unreadable(thrown)])
  }
}

/** Adds all properties of a record. A proxy may refuse even to name them: then it is left out. */
export function addFields(fields: Field[], prefix: string, record: object, flatten?: Flatten, depth = 0): void {
  for (const key of namesOf(record)) addField(fields, prefix + key, read(record, key), flatten, depth)
}

function namesOf(record: object): string[] {
  try {
    return Object.keys(record)
  } catch {
    return []
  }
}

function read(record: object, key: string): unknown {
  try {
    return (record as Record<string, unknown>)[key]
  } catch (thrown) {
    return unreadable(thrown)
  }
}

function unreadable(thrown: unknown): string {
  return `[cannot be read: ${toError(thrown).message}]`
}

function plainValue(value: unknown): Value {
  return typeof value === 'function' || typeof value === 'symbol' ? String(value) : (value as Value)
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
