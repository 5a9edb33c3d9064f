import { refusal, ServiceError } from '../http/service-error.ts'
import { flatLog } from '../store/stored-log.ts'
import { decodeLogGroup, encodeLogGroup } from '../wire/log-group.ts'
import { logViews } from '../wire/log-view.ts'
import { rowsOf, splitQuery, Table } from './sql.ts'

/** The result of a rule. */
export interface RuledGroups {
  /** The groups that still have logs, in their order. */
  readonly groups: readonly Uint8Array[]
  readonly linesBefore: number
  readonly lines: number
}

/** A rule: a condition in SQL, or none. */
export interface StreamRule {
  readonly condition: string | undefined
}

/** Parses a rule of SPL. Only `*` and `* | where CONDITION` are known; others are refused. Undefined for an empty text. */
export function streamRuleOf(text: string): StreamRule | undefined {
  if (text.trim() === '') return undefined
  const { search, statement } = splitQuery(text.trim())
  const condition = /^where\s+([\s\S]+)$/i.exec(statement ?? '')?.[1]
  if (search !== '*' || (statement !== undefined && condition === undefined)) throw unknownRule(`got ${text}`)
  return { condition }
}

/**
 * Removes the logs from groups that a rule does not keep. A field whose values are all numbers is compared as a number, and
 * a missing field is null.
 */
export async function ruledGroups(
  groups: readonly Uint8Array[],
  { condition }: StreamRule,
  signal: AbortSignal | undefined,
): Promise<RuledGroups> {
  const table = new Table()
  const firstRows: number[] = []
  for (const bytes of groups) {
    firstRows.push(table.size)
    for (const log of logViews(bytes)) table.add(flatLog(log))
  }
  const linesBefore = table.size
  if (condition === undefined) return { groups, linesBefore, lines: linesBefore }
  for (const name of namesIn(condition)) table.addColumn(name)
  const kept = await rowsKept(table, condition, signal)
  const left = groups.map((bytes, i) => withRows(bytes, firstRows[i] as number, kept))
  return { groups: left.filter((bytes) => bytes !== undefined), linesBefore, lines: kept.size }
}

// A text, a quoted name, or a name that is not a function.
const NAME = /'(?:[^']|'')*'|"((?:[^"]|"")*)"|\b([A-Za-z_]\w*)\b(?!\s*\()/g
// Columns with these names would hide the constants.
const CONSTANTS = new Set(['true', 'false', 'null'])

/** Names that may be fields. Keywords of SQL among them do no harm. */
function namesIn(condition: string): string[] {
  const found = [...condition.matchAll(NAME)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare)
  return found.filter((name) => name !== undefined && !CONSTANTS.has(name.toLowerCase())) as string[]
}

async function rowsKept(
  table: Table,
  condition: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<number>> {
  // A column with this name would hide the row number.
  if (table.columns.includes(ROW)) throw unknownRule(`there is a field ${ROW}`)
  try {
    const { rows } = await rowsOf(
      table,
      `select ${ROW} from log where (${condition})`,
      Number.POSITIVE_INFINITY,
      signal,
    )
    return new Set(rows.map(([row]) => Number(row) - 1))
  } catch (error) {
    throw error instanceof ServiceError && error.message.startsWith('SQL: ') ? unknownRule(error.message) : error
  }
}

const ROW = '_rowid_'

/** The group with only these logs; undefined if none is left. */
function withRows(bytes: Uint8Array, firstRow: number, kept: ReadonlySet<number>): Uint8Array | undefined {
  const group = decodeLogGroup(bytes)
  const logs = group.Logs.filter((_, i) => kept.has(firstRow + i))
  if (logs.length === group.Logs.length) return bytes
  if (logs.length === 0) return undefined
  const { Topic, Source, LogTags } = group
  return encodeLogGroup({ Logs: logs, Topic, Source, LogTags })
}

function unknownRule(why: string) {
  return refusal('ParameterInvalid', `query of PullLogs is imitated as '*' and '* | where CONDITION' alone: ${why}`)
}
