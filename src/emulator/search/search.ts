import type { Logstore } from '../store/logstore.ts'
import type { StoredGroup } from '../store/shard.ts'
import { logsOf, type StoredLog } from '../store/stored-log.ts'
import type { LogView } from '../wire/log-view.ts'
import { parseQuery, type Query } from './query.ts'
import { matcherOf } from './query-matcher.ts'
import { scan, type TimeRange } from './scan.ts'
import { type FoundLog, newestFirst, oldestFirst, TopPage } from './top-page.ts'

/** A search. */
export interface Search {
  readonly logstore: Logstore
  readonly range: TimeRange
  /** Only logs of this topic; empty for any. */
  readonly topic: string
  /** In the query language of the service. */
  readonly query: string
  /** Units of work after which the search ends as incomplete: about the number of logs that it may examine. */
  readonly maxWork: number
  readonly signal?: AbortSignal
}

/** A page of the result. */
export interface SearchPage {
  readonly found: readonly FoundLog[]
  /** Whether the range was examined as far as the page needs it. */
  readonly isComplete: boolean
  /** Number of logs that were examined. */
  readonly scannedLogs: number
}

/** Which page. */
export interface PageOptions {
  readonly offset: number
  readonly count: number
  /** Newest first. */
  readonly isReverse: boolean
}

/** A page of a search in order of log time. Logs with equal times are in order of arrival. */
export async function searchPage(search: Search, { offset, count, isReverse }: PageOptions): Promise<SearchPage> {
  const page = new TopPage(count === 0 ? 0 : offset + count, isReverse ? newestFirst : oldestFirst)
  const isLater = (time: number) => {
    const worst = page.worst?.log.time
    return worst !== undefined && (isReverse ? time < worst : time > worst)
  }
  let scannedLogs = 0
  const { matches, cost } = matching(search)
  const isComplete = await scan(
    search.logstore,
    { ...search, isReverse, costPerLog: cost, isEnough: (time) => count === 0 || isLater(time) },
    (log, { arrival }) => {
      scannedLogs++
      if (matches(log)) page.add({ log, arrival })
    },
  )
  return { found: page.found().slice(offset), isComplete, scannedLogs }
}

/** How many logs match, for each part of the range that `partOf` returns. */
export async function searchCounts(
  search: Search,
  partOf: (time: number) => number,
): Promise<{ readonly counts: ReadonlyMap<number, number>; readonly isComplete: boolean }> {
  const counts = new Map<number, number>()
  const add = (part: number, count: number) => counts.set(part, (counts.get(part) ?? 0) + count)
  const { matches, cost, matchesAll } = matching(search)
  const { from, to } = search.range
  // If all logs of a group match and are in one part, the group need not be decoded.
  const skipsGroup = ({ firstTime, lastTime, logCount }: StoredGroup) => {
    if (!matchesAll || firstTime < from || lastTime >= to || partOf(firstTime) !== partOf(lastTime)) return false
    add(partOf(firstTime), logCount)
    return true
  }
  const isComplete = await scan(search.logstore, { ...search, costPerLog: cost, skipsGroup }, (log) => {
    if (matches(log)) add(partOf(log.time), 1)
  })
  return { counts, isComplete }
}

/** Calls `visit` for every log that matches. Resolves to whether the whole range was examined. */
export function searchAll(search: Search, visit: (log: LogView) => void): Promise<boolean> {
  const { matches, cost } = matching(search)
  return scan(search.logstore, { ...search, costPerLog: cost }, (log) => {
    if (matches(log)) visit(log)
  })
}

/** Every log of a logstore in order of arrival. */
export function* arrivedLogs(logstore: Logstore): Generator<StoredLog> {
  const groups = logstore.shards.flatMap((shard) => shard.groups().map((group) => ({ group, shard: shard.id })))
  groups.sort((a, b) => a.group.arrival - b.group.arrival)
  for (const { group, shard } of groups) yield* logsOf(group, shard)
}

/** The matcher of a search, and what it costs per log. Throws a refusal for a query that cannot be parsed. */
export function matching({ query, topic }: Search) {
  const tree = parseQuery(query)
  const matchesQuery = matcherOf(tree)
  return {
    matches: topic === '' ? matchesQuery : (log: LogView) => log.head.topic === topic && matchesQuery(log),
    cost: 1 + termsOf(tree),
    matchesAll: topic === '' && tree.kind === 'all',
  }
}

function termsOf(query: Query): number {
  if (query.kind === 'and' || query.kind === 'or') return termsOf(query.left) + termsOf(query.right)
  if (query.kind === 'not') return termsOf(query.query)
  return query.kind === 'all' ? 0 : 1
}
