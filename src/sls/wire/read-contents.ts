import { ProducerError } from '../../core/errors.ts'
import { limits } from '../limits.ts'
import { describe, invalidLog } from './invalid-log.ts'
import type { Contents, Value } from './log.ts'
import { valueText } from './value-text.ts'

/** Texts of logs in order: key, value, key, value. Keys are text; a value may be bytes. */
export type Texts = (string | Uint8Array)[]

type Fields = { readonly [key: string]: Value }

/**
 * Puts the fields of a log into `texts` from index `from` on and returns the index behind them. Runs user code: getters,
 * proxies, `toJSON`.
 */
export function readContents(contents: Contents, texts: Texts, from: number): number {
  if (typeof contents !== 'object' || contents === null) throw notContents(`is ${describe(contents)}`)
  if (Array.isArray(contents)) return readPairs(contents, texts, from)
  const end = readFields(contents as Fields, texts, from)
  if (end === from) checkPlain(contents)
  return end
}

function readFields(fields: Fields, texts: Texts, from: number): number {
  let end = from
  let sizeAtLeast = 0
  for (const key in fields) {
    if (!Object.hasOwn(fields, key)) continue
    const value = fields[key]
    if (value === undefined) continue
    const text = typeof value === 'string' ? value : valueText(key, value)
    sizeAtLeast += key.length + text.length
    checkField(key, sizeAtLeast)
    texts[end++] = key
    texts[end++] = text
  }
  return end
}

function readPairs(pairs: readonly unknown[], texts: Texts, from: number): number {
  let end = from
  let sizeAtLeast = 0
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw notContents(`has something else at index ${i}`)
    }
    const [key, value] = pair as [string, Value]
    if (value === undefined) continue
    const text = valueText(key, value)
    sizeAtLeast += key.length + text.length
    checkField(key, sizeAtLeast)
    texts[end++] = key
    texts[end++] = text
  }
  return end
}

/** Called at every field, so that a log much larger than the limit is not turned into text to its end. */
function checkField(key: string, sizeAtLeast: number): void {
  if (key === '') throw invalidLog('A field has an empty key: the service cannot store it')
  // A text has at least as many bytes as its length says.
  if (sizeAtLeast > limits.requestInBytes) throw logTooLarge(`at least ${sizeAtLeast}`)
}

export function logTooLarge(size: number | string): ProducerError {
  const message = `A log of ${size} bytes is over the limit of ${limits.requestInBytes} bytes: shorten or split it`
  return new ProducerError('ERR_LOGHUB_LOG_TOO_LARGE', message)
}

/** No fields in a Map, an Error or a Date is a mistake of the caller, not an empty log. */
function checkPlain(contents: object): void {
  const tag = Object.prototype.toString.call(contents).slice(8, -1)
  if (tag !== 'Object') throw notContents(`is a ${tag} without fields of its own`)
}

function notContents(given: string): ProducerError {
  return invalidLog(`contents must be an object of fields or an array of [key, value] pairs, but ${given}`)
}
