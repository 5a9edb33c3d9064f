import type { LogView } from '../wire/log-view.ts'
import { decimalOf } from './decimal.ts'
import type { CompareOperator, Query } from './query.ts'

/** The part of a log that queries read. */
export type SearchedLog = Pick<LogView, 'head' | 'contents'>

/** Whether a log matches a query. */
export type Matcher = (log: SearchedLog) => boolean

type Test = (value: string) => boolean

const DELIMITER = /[\s,'";=()[\]{}?@&<>/:]/u
const DELIMITERS = /[\s,'";=()[\]{}?@&<>/:]+/u
// A pattern is tried against each word of a value. Longer words are not what users search for.
const LONGEST_PATTERN_TARGET = 1024

const COMPARE: Record<CompareOperator, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
}

/** Compiles a query to a function, so that everything that does not depend on the log is computed once. */
export function matcherOf(query: Query): Matcher {
  switch (query.kind) {
    case 'all':
      return () => true
    case 'not': {
      const inner = matcherOf(query.query)
      return (log) => !inner(log)
    }
    case 'and':
    case 'or': {
      const left = matcherOf(query.left)
      const right = matcherOf(query.right)
      return query.kind === 'and' ? (log) => left(log) && right(log) : (log) => left(log) || right(log)
    }
    case 'term':
      return fieldMatcher(query.key, query.isPhrase ? phraseTest(query.text) : wordTest(query.text))
    case 'compare': {
      const holds = COMPARE[query.operator]
      return fieldMatcher(query.key, (value) => {
        const number = decimalOf(value)
        return number !== undefined && holds(number, query.value)
      })
    }
  }
}

function fieldMatcher(key: string | undefined, test: Test): Matcher {
  return (log) => {
    for (const [name, value] of fieldsOf(log)) if ((key === undefined || key === name) && test(value)) return true
    return false
  }
}

function* fieldsOf(log: SearchedLog): Generator<readonly [string, string]> {
  yield* log.contents
  yield ['__topic__', log.head.topic]
  yield ['__source__', log.head.source]
  for (const [key, value] of log.head.tags) yield [`__tag__:${key}`, value]
}

function phraseTest(phrase: string): Test {
  return (value) => value.toLowerCase().includes(phrase)
}

/** A word matches whole words of a value, ignoring case; with `*` and `?` it is a pattern. Non-ASCII text, such as Chinese, matches anywhere. */
function wordTest(word: string): Test {
  if (word === '*') return () => true
  const parts = word.split(DELIMITERS).filter((part) => part !== '')
  if (/[^\0-\x7f]/.test(word) || parts.length === 0) return phraseTest(word)
  // `?` is a delimiter and a wildcard: a pattern is not split at it.
  if (/[*?]/.test(word)) return patternTest(word)
  return (value) => {
    const text = value.toLowerCase()
    return parts.every((part) => hasWord(text, part))
  }
}

/** Searches in place instead of splitting the value into words: a value may be 10 MB long. */
function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (isBoundary(text[at - 1]) && isBoundary(text[at + word.length])) return true
  }
  return false
}

function isBoundary(char: string | undefined): boolean {
  return char === undefined || DELIMITER.test(char)
}

function patternTest(pattern: string): Test {
  return (value) => {
    const text = value.toLowerCase()
    for (let start = 0; start < text.length; ) {
      let end = start
      while (end < text.length && !DELIMITER.test(text[end] as string)) end++
      const isShort = end - start <= LONGEST_PATTERN_TARGET
      if (end > start && isShort && matchesPattern(text.slice(start, end), pattern)) return true
      start = end + 1
    }
    return false
  }
}

/** Greedy, and goes back only to the last star: at most pattern length x token length steps, which a RegExp does not guarantee. */
function matchesPattern(token: string, pattern: string): boolean {
  let at = 0
  let star = -1
  let starAt = 0
  for (let i = 0; i < token.length; ) {
    if (pattern[at] === '*') {
      star = at++
      starAt = i
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === token[i])) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++starAt
    } else {
      return false
    }
  }
  return /^\**$/.test(pattern.slice(at))
}
