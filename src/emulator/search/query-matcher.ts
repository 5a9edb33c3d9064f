import type { StoredLog } from '../store/stored-log.ts'
import type { CompareOperator, Query } from './query.ts'

export type Matcher = (log: StoredLog) => boolean

type Test = (value: string) => boolean

const DELIMITERS = /[\s,'";=()[\]{}?@&<>/:]+/u
const COMPARE: Record<CompareOperator, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
}

/** A query as a function: everything that does not depend on the log is worked out once. */
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
      return fieldMatcher(query.key, (value) => value.trim() !== '' && holds(Number(value), query.value))
    }
  }
}

function fieldMatcher(key: string | undefined, test: Test): Matcher {
  return (log) => {
    for (const [name, value] of fieldsOf(log)) if ((key === undefined || key === name) && test(value)) return true
    return false
  }
}

function* fieldsOf(log: StoredLog): Generator<readonly [string, string]> {
  yield* log.contents
  yield ['__topic__', log.topic]
  yield ['__source__', log.source]
  for (const [key, value] of log.tags) yield [`__tag__:${key}`, value]
}

function phraseTest(phrase: string): Test {
  return (value) => value.toLowerCase().includes(phrase)
}

/** A word matches whole words of a value, in any case; with * and ? a pattern. Text without delimiters, such as Chinese, by parts. */
function wordTest(word: string): Test {
  if (word === '*') return () => true
  const parts = word.split(DELIMITERS).filter((part) => part !== '')
  if (/[^\0-\x7f]/.test(word) || parts.length === 0) return phraseTest(word)
  // The delimiter ? is a wildcard here, so a pattern is not taken apart.
  const tests = /[*?]/.test(word) ? [patternTest(word)] : parts.map((part) => (token: string) => token === part)
  return (value) => {
    const tokens = value.toLowerCase().split(DELIMITERS)
    return tests.every((test) => tokens.some(test))
  }
}

/** Greedy, with one step back to the last star: never more than pattern x token steps, which a RegExp does not promise. */
function patternTest(pattern: string): Test {
  return (token) => {
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
}
