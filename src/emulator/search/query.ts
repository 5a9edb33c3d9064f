import { refusal } from '../http/service-error.ts'
import { decimalOf } from './decimal.ts'

/** A parsed query. Words and phrases are in lower case. */
export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'not'; readonly query: Query }
  /** `key` undefined: in any field. */
  | { readonly kind: 'term'; readonly key: string | undefined; readonly text: string; readonly isPhrase: boolean }
  | { readonly kind: 'compare'; readonly key: string; readonly operator: CompareOperator; readonly value: number }

/** Comparison of a field with a number. */
export type CompareOperator = '>' | '>=' | '<' | '<=' | '='

interface Token {
  readonly kind: 'word' | 'phrase' | 'symbol'
  readonly text: string
}

// A key such as __tag__:name contains a colon.
const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|(>=|<=|[():<>=|])|(__tag__:[^\s"():<>=|]+|[^\s"():<>=|]+))/uy
const OPERATORS = new Set(['>', '>=', '<', '<=', '='])
const DEEPEST = 100
// The service accepts 30. Each term costs time for every log.
const MOST_TERMS = 100
const LONGEST_QUERY = 64 * 1024
const LONGEST_WORD = 1024

/** Parses a query: `*`, words, "phrases", key: value, key > number, and / or / not, parentheses. `and` binds tighter than `or`. */
export function parseQuery(text: string): Query {
  if (text.length > LONGEST_QUERY)
    throw refusal('ParameterInvalid', `the query is longer than ${LONGEST_QUERY} characters`)
  const trimmed = text.trim()
  if (trimmed === '') return { kind: 'all' }
  return new QueryParser(tokensOf(trimmed)).parse()
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text)
    if (match === null) throw refusal('ParameterInvalid', `the query ends inside a quotation: ${text}`)
    const [, phrase, symbol, word] = match
    if (symbol === '|')
      throw refusal('ParameterInvalid', 'the emulator searches, it does not run SQL: leave out the part from |')
    if (phrase !== undefined) tokens.push({ kind: 'phrase', text: phrase.replace(/\\(.)/g, '$1') })
    else tokens.push({ kind: symbol === undefined ? 'word' : 'symbol', text: symbol ?? (word as string) })
  }
  return tokens
}

class QueryParser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  #terms = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Query {
    const query = this.#alternatives()
    if (this.#at < this.#tokens.length) throw this.#unexpected()
    return query
  }

  #alternatives(): Query {
    if (++this.#depth > DEEPEST) throw refusal('ParameterInvalid', 'the query is nested too deeply')
    let query = this.#conjunction()
    while (this.#takeWord('or')) query = { kind: 'or', left: query, right: this.#conjunction() }
    this.#depth--
    return query
  }

  /** Adjacent terms must all match, with or without the word `and`. */
  #conjunction(): Query {
    let query = this.#negation()
    for (;;) {
      const isJoined = this.#takeWord('and')
      if (!isJoined && (this.#isAtEnd() || this.#isSymbol(')') || this.#isWord('or'))) return query
      query = { kind: 'and', left: query, right: this.#negation() }
    }
  }

  #negation(): Query {
    let isNegated = false
    while (this.#takeWord('not')) isNegated = !isNegated
    const query = this.#primary()
    return isNegated ? { kind: 'not', query } : query
  }

  #primary(): Query {
    if (this.#takeSymbol('(')) {
      const query = this.#alternatives()
      if (!this.#takeSymbol(')')) throw this.#unexpected()
      return query
    }
    const token = this.#takeText()
    if (this.#takeSymbol(':')) return termOf(token.text, this.#takeText())
    const operator = this.#tokens[this.#at]
    if (operator?.kind !== 'symbol' || !OPERATORS.has(operator.text)) return termOf(undefined, token)
    this.#at++
    const value = decimalOf(this.#takeText().text)
    if (value === undefined) throw refusal('ParameterInvalid', `${token.text} can only be compared with a number`)
    return { kind: 'compare', key: token.text, operator: operator.text as CompareOperator, value }
  }

  #takeText(): Token {
    const token = this.#tokens[this.#at]
    if (token === undefined || token.kind === 'symbol' || this.#isWord('and') || this.#isWord('or'))
      throw this.#unexpected()
    if (++this.#terms > 2 * MOST_TERMS) throw refusal('ParameterInvalid', `the query has more than ${MOST_TERMS} terms`)
    if (token.text.length > LONGEST_WORD) {
      throw refusal('ParameterInvalid', `the query has a word of more than ${LONGEST_WORD} characters`)
    }
    this.#at++
    return token
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false
    this.#at++
    return true
  }

  #takeSymbol(symbol: string): boolean {
    if (!this.#isSymbol(symbol)) return false
    this.#at++
    return true
  }

  #isWord(word: string): boolean {
    const token = this.#tokens[this.#at]
    return token?.kind === 'word' && token.text.toLowerCase() === word
  }

  #isSymbol(symbol: string): boolean {
    const token = this.#tokens[this.#at]
    return token?.kind === 'symbol' && token.text === symbol
  }

  #isAtEnd(): boolean {
    return this.#at === this.#tokens.length
  }

  #unexpected(): Error {
    const token = this.#tokens[this.#at]
    return refusal('ParameterInvalid', `the query has an unexpected ${token === undefined ? 'end' : `"${token.text}"`}`)
  }
}

function termOf(key: string | undefined, token: Token): Query {
  if (key === undefined && token.kind === 'word' && token.text === '*') return { kind: 'all' }
  return { kind: 'term', key, text: token.text.toLowerCase(), isPhrase: token.kind === 'phrase' }
}
