import type { Logstore } from '../store/logstore.ts'
import type { StoredGroup } from '../store/shard.ts'
import { logsOf, type StoredLog } from '../store/stored-log.ts'
import type { LogView } from '../wire/log-view.ts'
import { parseQuery, type Query } from './query.ts'
import { matcherOf } from './query-matcher.ts'
import { scan, type TimeRange } from './scan.ts'
import { type FoundLog, newestFirst, oldestFirst, TopPage } from './top-page.ts'

/** Which logs are looked for. */
export interface Search {
  readonly logstore: Logstore
  readonly range: TimeRange
  /** The topic; empty for any. */
  readonly topic: string
  /** In the service's language of searches. */
  readonly query: string
  /** Units of work after which the search ends incomplete; about as many logs as that are looked at. */
  readonly maxWork: number
  readonly signal?: AbortSignal
}

/** A part of what was found. */
export interface SearchPage {
  readonly found: readonly FoundLog[]
  /** Whether all of the range was looked at, as far as the page needs it. */
  readonly isComplete: boolean
  /** Logs that were looked at. */
  readonly scannedLogs: number
}

/** Which part. */
export interface PageOptions {
  readonly offset: number
  readonly count: number
  /** Newest first. */
  readonly isReverse: boolean
}

/** A page of a search in the order of log times, logs of one instant in the order in which they came. */
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

/** How many logs match, by a part of the range that `partOf` names. */
export async function searchCounts(
  search: Search,
  partOf: (time: number) => number,
): Promise<{ readonly counts: ReadonlyMap<number, number>; readonly isComplete: boolean }> {
  const counts = new Map<number, number>()
  const add = (part: number, count: number) => counts.set(part, (counts.get(part) ?? 0) + count)
  const { matches, cost, matchesAll } = matching(search)
  const { from, to } = search.range
  // A group of which every log is counted in one part need not be decoded.
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

/** Shows every log that matches to `visit`. Returns whether all of the range was looked at. */
export function searchAll(search: Search, visit: (log: LogView) => void): Promise<boolean> {
  const { matches, cost } = matching(search)
  return scan(search.logstore, { ...search, costPerLog: cost }, (log) => {
    if (matches(log)) visit(log)
  })
}

/** Every log of a logstore in the order in which it came. */
export function* arrivedLogs(logstore: Logstore): Generator<StoredLog> {
  const groups = logstore.shards.flatMap((shard) => shard.groups().map((group) => ({ group, shard: shard.id })))
  groups.sort((a, b) => a.group.arrival - b.group.arrival)
  for (const { group, shard } of groups) yield* logsOf(group, shard)
}

/** What decides whether a log is found, and what deciding costs. Throws a refusal for a query that cannot be read. */
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
