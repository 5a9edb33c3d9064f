import { limits } from '../limits.ts'
import { notContents } from './contents-check.ts'
import { invalidLog, logTooLarge } from './invalid-log.ts'
import type { Contents, Value } from './log.ts'
import { valueText } from './value-text.ts'

/** Texts of logs in order: key, value, key, value. Keys are text; a value may be bytes. */
export type Texts = (string | Uint8Array)[]

type Fields = { readonly [key: string]: Value }

/**
 * Puts the fields of a log into `texts` from index `from` on and returns the index behind them. The contents have passed
 * {@link checkContents}. Runs user code: getters, proxies, `toJSON`.
 */
export function readContents(contents: Contents, texts: Texts, from: number): number {
  const isList = Array.isArray(contents)
  const end = isList ? readPairs(contents, texts, from) : readFields(contents as Fields, texts, from)
  // The service finds a log without fields bad, and with it its whole batch.
  if (end === from) throw invalidLog('contents has no field with a value: give at least one, or do not send the log')
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
