import { types } from 'node:util'
import { describe, invalidLog } from './invalid-log.ts'
import type { Value } from './log.ts'

const MAX_CAUSES = 8

/**
 * A value as it is stored: text, or bytes as they are (a copy: the caller may change them later). Runs user code
 * (`toJSON`, getters), so the caller must not have half-written shared state around it.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG`, naming the field, for what has no text
 */
export function valueText(key: string, value: Exclude<Value, undefined>): string | Uint8Array {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? '' : objectText(key, value)
    default:
      throw invalidLog(`Field ${quote(key)} is ${describe(value)}, which has no text: give a string or leave it out`)
  }
}

function objectText(key: string, value: object): string | Uint8Array {
  try {
    // By brand, not instanceof: these may come from another realm.
    if (types.isUint8Array(value)) return new Uint8Array(value)
    if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
    if (value instanceof Error || types.isNativeError(value)) return errorText(value)
    const json = jsonText(value)
    if (typeof json === 'string') return json
  } catch (thrown) {
    throw invalidLog(`Field ${quote(key)} cannot be turned into text${reason(thrown)}`, thrown)
  }
  throw invalidLog(`Field ${quote(key)} has no JSON form: its toJSON returned undefined, a function or a symbol`)
}

function errorText(error: Error): string {
  let text = stackOf(error)
  let cause = error.cause
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined; depth++) {
    const isError = cause instanceof Error
    text += `\nCaused by: ${isError ? stackOf(cause as Error) : String(cause)}`
    cause = isError ? (cause as Error).cause : undefined
  }
  return text
}

function stackOf(error: Error): string {
  const { stack } = error
  return typeof stack === 'string' && stack !== '' ? stack : `${error.name}: ${error.message}`
}

/** A replacer makes JSON.stringify several times slower, so it is used only where the plain call fails. */
function jsonText(value: object): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return JSON.stringify(value, bigintAsText)
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function quote(key: string): string {
  return JSON.stringify(key.length > 64 ? `${key.slice(0, 64)}…` : key)
}

function reason(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `: ${thrown.message}` : ''
  } catch {
    return ''
  }
}
