import { refusal } from '../http/service-error.ts'
import type { Search } from './search.ts'

/** The rows of a statement. All values are text, as the service gives them. */
export interface SqlResult {
  readonly statement: string
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, string>>[]
  readonly isComplete: boolean
  readonly scannedLogs: number
}

/** A query as its search and the SQL behind the first `|` that stands in no quotation. */
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

/** Runs a statement over the logs that a search finds. */
export async function sqlOver(search: Search, statement: string): Promise<SqlResult> {
  void search
  throw refusal(
    'ParameterInvalid',
    `the emulator searches, it does not run SQL: leave out the part from | ${statement.slice(0, 20)}`,
  )
}
