import { errorText } from './error-text.ts'
import { describe, invalidLog, isTooLarge, quote } from './invalid-log.ts'
import { innerText, jsonText } from './json-text.ts'
import type { Value } from './log.ts'
import { isPlainJson } from './plain-json.ts'
import { bytesOf, isError, scalarText } from './scalar-text.ts'
import { TextBudget } from './text-budget.ts'

/**
 * A value as it is stored: text, or bytes as they are (a copy: the caller may change them later). Runs user code
 * (`toJSON`, getters), so the caller must not have half-written shared state around it.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG`, naming the field, for what has no text; `ERR_LOGHUB_LOG_TOO_LARGE`
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
    const text = isPlainJson(value) ? JSON.stringify(value) : otherText(value)
    if (text !== undefined) return text
  } catch (thrown) {
    if (isTooLarge(thrown)) throw thrown
    throw invalidLog(`Field ${quote(key)} cannot be turned into text${reason(thrown)}`, thrown)
  }
  throw invalidLog(`Field ${quote(key)} has no JSON form: its toJSON returned undefined`)
}

function otherText(value: object): string | Uint8Array | undefined {
  const bytes = bytesOf(value)
  if (bytes !== undefined) return new Uint8Array(bytes)
  if (isError(value)) return errorText(value, new TextBudget(), innerText)
  return scalarText(value) ?? jsonText(value)
}

function reason(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `: ${thrown.message}` : ''
  } catch {
    return ''
  }
}
