import { Worker } from 'node:worker_threads'
import { limits } from '../../sls/limits.ts'
import { refusal } from '../http/service-error.ts'
import { flatLog } from '../store/stored-log.ts'
import { type Search, searchAll } from './search.ts'
import { pathOfSqlJs } from './sql-engine.ts'
import { completeStatement } from './sql-statement.ts'
import { SQL_WORKER, type SqlAnswer, type SqlTask } from './sql-worker.ts'

/** The rows of a statement. All values are text, as in the service. */
export interface SqlResult {
  readonly statement: string
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, string>>[]
  /** Whether the statement ran over all logs that the search finds. */
  readonly isComplete: boolean
  readonly scannedLogs: number
}

// Limits of the table of a statement. Above them the answer is incomplete, as in the service above its own limits.
const MOST_ROWS = 500_000
const MOST_BYTES = 64 * 1024 * 1024
const MOST_COLUMNS = 500
const LONGEST_RUN_MS = 5000

/** Splits a query into its search and the SQL after the first `|` that is not quoted. */
export function splitQuery(query: string): { readonly search: string; readonly statement: string | undefined } {
  let isQuoted = false
  for (let at = 0; at < query.length; at++) {
    const char = query[at]
    if (char === '\\') at++
    else if (char === '"') isQuoted = !isQuoted
    else if (char === '|' && !isQuoted) {
      return { search: query.slice(0, at).trim(), statement: query.slice(at + 1).trim() }
    }
  }
  return { search: query, statement: undefined }
}

/**
 * Runs a statement over the logs that a search finds. They are a table `log` with a column for each key; a column whose
 * values are all numbers is numeric. What SQLite does not know is refused by name, and every statement is refused if the
 * optional package sql.js is missing.
 */
export async function sqlOver(search: Search, statement: string): Promise<SqlResult> {
  // Checked before the search, because without the package there is no answer.
  pathOfSqlJs()
  const table = new Table()
  let scannedLogs = 0
  const isWhole = await searchAll(search, (log) => {
    scannedLogs++
    table.add(flatLog(log))
  })
  const { columns, rows } = await rowsOf(table, statement, undefined, search.signal)
  const objects = rows.map((row) => Object.fromEntries(row.map((value, i) => [columns[i] as string, value])))
  return { statement, columns, rows: objects, isComplete: isWhole && table.isComplete, scannedLogs }
}

/** Runs a statement over a table, in its own thread. `mostRows` replaces the limit of the statement. */
export async function rowsOf(
  table: Table,
  statement: string,
  mostRows: number | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }> {
  const { columns, types } = table
  const { text, maxRows } = completeStatement(statement, new Set(columns))
  const rows = table.rows()
  const limit = { maxRows: mostRows ?? maxRows, maxBytes: limits.serverBodyInBytes }
  const answer = await runInWorker(
    { modulePath: pathOfSqlJs(), columns, types, rows, statement: text, ...limit },
    signal,
  )
  if ('error' in answer) throw refusal('ParameterInvalid', `SQL: ${answer.error}`)
  return answer
}

/** Logs as rows of texts, a column for each key. */
export class Table {
  readonly #columns = new Map<string, { isNumeric: boolean }>(
    ['__time__', '__source__', '__topic__'].map((name) => [name, { isNumeric: name === '__time__' }]),
  )
  readonly #logs: Readonly<Record<string, string>>[] = []
  #bytes = 0
  isComplete = true

  get size(): number {
    return this.#logs.length
  }

  get columns(): string[] {
    return [...this.#columns.keys()]
  }

  get types(): string[] {
    return [...this.#columns.values()].map(({ isNumeric }) => (isNumeric ? 'NUMERIC' : 'TEXT'))
  }

  add(log: Readonly<Record<string, string>>): void {
    if (this.#logs.length >= MOST_ROWS || this.#bytes > MOST_BYTES) {
      this.isComplete = false
      return
    }
    this.#logs.push(log)
    for (const [key, value] of Object.entries(log)) {
      this.#bytes += key.length + value.length
      const column = this.#columnOf(key)
      if (column?.isNumeric === true && String(Number(value)) !== value) column.isNumeric = false
    }
  }

  rows(): (string | null)[][] {
    const { columns } = this
    return this.#logs.map((log) => columns.map((name) => log[name] ?? null))
  }

  /** Adds a column without values if it is missing. Names in SQL ignore case. */
  addColumn(name: string): void {
    const isThere = this.columns.some((column) => column.toLowerCase() === name.toLowerCase())
    if (!isThere) this.#columnOf(name)
  }

  #columnOf(key: string): { isNumeric: boolean } | undefined {
    let column = this.#columns.get(key)
    if (column !== undefined) return column
    if (this.#columns.size >= MOST_COLUMNS) {
      throw refusal('ParameterInvalid', `the logs have more than ${MOST_COLUMNS} different keys: search for fewer`)
    }
    column = { isNumeric: true }
    this.#columns.set(key, column)
    return column
  }
}

function runInWorker(task: SqlTask, signal: AbortSignal | undefined): Promise<SqlAnswer> {
  return new Promise((resolve) => {
    const worker = new Worker(SQL_WORKER, { eval: true, workerData: task })
    const end = (answer: SqlAnswer) => {
      timeout.removeEventListener('abort', onTimeout)
      signal?.removeEventListener('abort', onAbort)
      void worker.terminate()
      resolve(answer)
    }
    const timeout = AbortSignal.timeout(LONGEST_RUN_MS)
    const onTimeout = () => end({ error: `the statement took longer than ${LONGEST_RUN_MS / 1000} s` })
    const onAbort = () => end({ error: 'nobody waits for the answer' })
    timeout.addEventListener('abort', onTimeout)
    signal?.addEventListener('abort', onAbort)
    worker.on('message', end)
    worker.on('error', (error) => end({ error: error.message }))
  })
}
