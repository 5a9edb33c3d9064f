import { BadLine } from '../bad-line.ts'
import type { LogParser, Pairs } from './parser.ts'

export interface DelimiterOptions {
  /** Separates the values. Default: a comma. */
  readonly separator?: string
  /** Names of the fields, in order. */
  readonly fields: readonly string[]
  /** Encloses a value; inside of it, two of them stand for one. Default `"`; empty: values are not quoted. */
  readonly quote?: string
}

const UNCLOSED = new BadLine('a quoted value does not end')

/** Parses values between separators, as in CSV. A line with another number of values is a bad line. */
export function delimiterParser({ separator = ',', fields, quote = '"' }: DelimiterOptions): LogParser {
  return (line) => {
    const values = valuesOf(line, separator, quote)
    if (values === undefined) return UNCLOSED
    if (values.length !== fields.length) return new BadLine(`${values.length} values where ${fields.length} are named`)
    const contents: Pairs = fields.map((field, index) => [field, values[index] as string])
    return { contents }
  }
}

function valuesOf(text: string, separator: string, quote: string): string[] | undefined {
  if (quote === '' || !text.includes(quote)) return text.split(separator)
  const values: string[] = []
  let at = 0
  for (;;) {
    let value = ''
    if (text.startsWith(quote, at)) {
      let from = at + quote.length
      for (;;) {
        const end = text.indexOf(quote, from)
        if (end < 0) return undefined
        value += text.slice(from, end)
        from = end + quote.length
        if (!text.startsWith(quote, from)) break
        value += quote
        from += quote.length
      }
      at = from
    }
    const end = text.indexOf(separator, at)
    values.push(value + (end < 0 ? text.slice(at) : text.slice(at, end)))
    if (end < 0) return values
    at = end + separator.length
  }
}
