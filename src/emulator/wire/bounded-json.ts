import { refusal } from '../http/service-error.ts'

const DEEPEST = 64
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Parses JSON with a limited number of values. Ten kilobytes of deflated `{},` would become a gigabyte of objects, so the
 * values are counted before any object is created. Throws `PostBodyInvalid`, or `PostBodyTooLarge` for too many values.
 */
export function parseBoundedJson(body: Buffer, maxValues: number): unknown {
  checkStructure(body, maxValues)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw refusal('PostBodyInvalid', 'the body is not valid JSON')
  }
}

/** Every value except the outermost follows `[`, `,` or `:`, so these are counted, outside of strings. */
function checkStructure(body: Buffer, maxValues: number): void {
  let values = 1
  let depth = 0
  for (let at = 0; at < body.length; at++) {
    switch (body[at]) {
      case QUOTE:
        at = endOfString(body, at + 1)
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > DEEPEST) throw refusal('PostBodyInvalid', `the JSON is nested deeper than ${DEEPEST} levels`)
        values++
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      case 0x2c: // ,
      case 0x3a: // :
        values++
        break
    }
    if (values > maxValues) throw refusal('PostBodyTooLarge', `the JSON has more than ${maxValues} values`)
  }
}

function endOfString(body: Buffer, start: number): number {
  let at = body.indexOf(QUOTE, start)
  while (at >= 0 && isEscaped(body, start, at)) at = body.indexOf(QUOTE, at + 1)
  return at < 0 ? body.length : at
}

function isEscaped(body: Buffer, start: number, at: number): boolean {
  let backslashes = 0
  while (at - 1 - backslashes >= start && body[at - 1 - backslashes] === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}
