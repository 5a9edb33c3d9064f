import { ProducerError } from '../core/errors.ts'
import { describe, invalidLog } from './invalid-log.ts'
import { limits } from './limits.ts'
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
  let size = 0
  for (const key in fields) {
    if (!Object.hasOwn(fields, key)) continue
    const value = fields[key]
    if (value === undefined) continue
    size = putField(texts, end, key, value, size)
    end += 2
  }
  return end
}

function readPairs(pairs: readonly unknown[], texts: Texts, from: number): number {
  let end = from
  let size = 0
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw notContents(`has something else at index ${i}`)
    }
    if (pair[1] === undefined) continue
    size = putField(texts, end, pair[0], pair[1], size)
    end += 2
  }
  return end
}

/** Returns the size so far, at least: the length of a text is never more than its bytes. */
function putField(texts: Texts, at: number, key: string, value: Exclude<Value, undefined>, sizeSoFar: number): number {
  if (key === '') throw invalidLog('A field has an empty key: the service cannot store it')
  const text = typeof value === 'string' ? value : valueText(key, value)
  const size = sizeSoFar + key.length + text.length
  // Before the rest is turned into text, so that nothing much larger than the limit is ever built.
  if (size > limits.requestInBytes) throw logTooLarge(`at least ${size}`)
  texts[at] = key
  texts[at + 1] = text
  return size
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
