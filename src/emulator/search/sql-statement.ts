import { refusal } from '../http/service-error.ts'

type Token = { readonly text: string; readonly at: number; readonly depth: number }

// A quoted text, a comment, a name, or any other character.
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][\w]*|\S/y
const AFTER_FROM = new Set(['where', 'group', 'having', 'order', 'limit', 'union'])
const LONGEST_STATEMENT = 64 * 1024
const DEFAULT_ROWS = 100

/** A statement for SQLite. */
export interface SqlStatement {
  readonly text: string
  /** Maximum number of rows: as the service, 100 if the statement has no limit. */
  readonly maxRows: number
}

/**
 * Checks that a statement is a single query, and completes it: `from log` may be left out. Double quotes name columns, as in
 * the service; SQLite would take an unknown one for a text.
 */
export function completeStatement(statement: string, columns: ReadonlySet<string>): SqlStatement {
  if (statement.length > LONGEST_STATEMENT) throw wrong(`the statement is longer than ${LONGEST_STATEMENT} characters`)
  const trimmed = statement.replace(/[\s;]+$/, '')
  const tokens = tokensOf(trimmed)
  const first = tokens[0]?.text.toLowerCase()
  if (first !== 'select' && first !== 'with') throw wrong('SQL behind | must be a select')
  if (tokens.some(({ text }) => text === ';')) throw wrong('SQL behind | must be one statement')
  checkQuotedNames(tokens, columns)
  const has = (word: string) => tokens.some(({ text, depth }) => depth === 0 && text.toLowerCase() === word)
  const maxRows = has('limit') ? Number.POSITIVE_INFINITY : DEFAULT_ROWS
  return { text: has('from') || first === 'with' ? trimmed : withFrom(trimmed, tokens), maxRows }
}

function withFrom(statement: string, tokens: readonly Token[]): string {
  const next = tokens.find(({ text, depth }) => depth === 0 && AFTER_FROM.has(text.toLowerCase()))
  if (next === undefined) return `${statement} from log`
  return `${statement.slice(0, next.at)}from log ${statement.slice(next.at)}`
}

function checkQuotedNames(tokens: readonly Token[], columns: ReadonlySet<string>): void {
  const quoted = tokens.map(({ text }) => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : undefined))
  const isAlias = (i: number) => tokens[i - 1]?.text.toLowerCase() === 'as'
  const aliases = new Set(quoted.filter((name, i) => name !== undefined && isAlias(i)))
  for (const name of quoted) {
    if (name !== undefined && !columns.has(name) && !aliases.has(name))
      throw wrong(`Column '${name}' cannot be resolved`)
  }
}

function tokensOf(statement: string): Token[] {
  const tokens: Token[] = []
  let depth = 0
  for (let at = 0; at < statement.length; ) {
    TOKEN.lastIndex = at
    const text = TOKEN.exec(statement)?.[0]
    if (text === undefined) {
      at++
      continue
    }
    if (text === ')') depth--
    if (!text.startsWith('--') && !text.startsWith('/*')) tokens.push({ text, at, depth })
    if (text === '(') depth++
    at += text.length
  }
  return tokens
}

function wrong(message: string) {
  return refusal('ParameterInvalid', message)
}
