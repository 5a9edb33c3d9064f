import { types } from 'node:util'
import type { ProducerError } from '../../core/errors.ts'
import { describe, invalidLog } from './invalid-log.ts'
import { bytesOf, isError, isPlainObject, kindOf } from './scalar-text.ts'

/** Classes whose fields, as far as there are any, are not what they carry, by the name of their brand. */
const NO_FIELDS: ReadonlySet<string> = new Set(
  ['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Date', 'RegExp', 'Promise', 'Generator', 'AsyncGenerator'].concat([
    'Headers',
    'FormData',
    'URL',
    'URLSearchParams',
    'String',
    'Number',
    'Boolean',
    'BigInt',
    'Symbol',
  ]),
)

/**
 * Whether contents can be contents: an object of fields, of any class, or an array of pairs. What has its data elsewhere
 * is refused by name: of a Buffer, `for in` would make a field of each byte.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG`
 */
export function checkContents(contents: unknown): void {
  if (typeof contents !== 'object' || contents === null)
    throw notContents(`is ${describe(contents)}`, hintFor(contents))
  if (Array.isArray(contents) || isPlainObject(contents)) return
  if (isError(contents)) throw notContents('is an Error', 'write { error }')
  const kind = kindOf(contents)
  if (bytesOf(contents) !== undefined || types.isTypedArray(contents)) {
    throw notContents(`is a ${Buffer.isBuffer(contents) ? 'Buffer' : kind}`, 'write { message: buffer }')
  }
  if (!NO_FIELDS.has(kind)) return
  throw notContents(`is a ${kind}`, kind === 'Map' ? 'write Object.fromEntries(map)' : 'put it into a field')
}

export function notContents(given: string, hint?: string): ProducerError {
  const message = `contents must be an object of fields or an array of [key, value] pairs, but ${given}`
  return invalidLog(hint === undefined ? message : `${message}: ${hint}`)
}

function hintFor(contents: unknown): string {
  return typeof contents === 'string' ? 'write { message: text }' : 'write { key: value }'
}
