import { BadLine } from '../bad-line.ts'
import type { LogParser, Pairs } from './parser.ts'

const NOTHING = new BadLine('no key=value in the line')

// A key, and a value that is quoted or ends at a space. Linear time: each part ends at a character that it cannot contain.
const FIELD = /([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?/gsy
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** Parses `level=info msg="it works" ms=12`. A key without a value is `true`. A line with anything else is a bad line. */
export const logfmtParser: LogParser = (text) => {
  const contents: Pairs = []
  let hasValue = false
  let at = 0
  for (;;) {
    while (at < text.length && isSpace(text.charCodeAt(at))) at++
    if (at === text.length) break
    FIELD.lastIndex = at
    const field = FIELD.exec(text)
    if (field === null) return new BadLine(`no key=value at character ${at + 1}`)
    const [whole, key, quoted, plain] = field
    hasValue ||= quoted !== undefined || plain !== undefined
    contents.push([key as string, quoted === undefined ? (plain ?? 'true') : unescaped(quoted)])
    at += whole.length
    if (at < text.length && !isSpace(text.charCodeAt(at))) return new BadLine(`no key=value at character ${at + 1}`)
  }
  return hasValue ? { contents } : text === '' ? undefined : NOTHING
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
