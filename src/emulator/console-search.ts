import { CONSOLE_API } from '../console/about.ts'
import type { Clock } from '../core/clock.ts'
import { HttpError } from '../server/http-error.ts'
import type { HttpRoute } from '../server/routed.ts'
import type { RoutedRequest } from '../server/routed-request.ts'
import { numberOf } from './console-parameters.ts'
import { ServiceError } from './http/service-error.ts'
import { Exploration } from './search/explore.ts'
import type { FieldCount } from './search/field-counts.ts'
import { SearchLine } from './search/line.ts'
import { parseQuery } from './search/query.ts'
import type { TimeRange } from './search/scan.ts'
import { Tail } from './search/tail.ts'
import { type ShownLog, shownLog } from './shown-log.ts'
import type { Logstore } from './store/logstore.ts'
import type { Store } from './store/store.ts'

/** The result of a search so far. Sent as event `found`, every 150 ms while the search runs and once more when it has ended. */
export interface SearchFindings {
  /** The newest logs, newest first; undefined if they have not changed since the event before. */
  readonly logs: readonly ShownLog[] | undefined
  /** The range that is searched. Default: the range of all logs. */
  readonly range: TimeRange
  /** Number of logs that match. */
  readonly matched: number
  /** Number of logs that were examined. */
  readonly scanned: number
  /** Number of logs that match, for equal parts of the range. */
  readonly counts: readonly number[]
  readonly fields: readonly FieldCount[]
  /** Number of logs, the newest ones, from which `fields` was computed. */
  readonly fieldLogs: number
  readonly state: 'running' | 'complete' | 'incomplete'
}

/** New logs of a logstore in order of arrival. Sent as event `logs`. */
export interface TailedLogs {
  readonly logs: readonly ShownLog[]
  /** Number of logs that arrived too fast to be shown. */
  readonly skipped: number
}

const PROGRESS_MS = 150
const TAIL_MS = 250
const MOST_LOGS = 1000
const MOST_PARTS = 240
const MOST_SEARCHES = 20
const MOST_TAILS = 20
// A page of long logs is large, and a part of it is of no use.
const STREAM = { maxBufferedBytes: 64 * 1024 * 1024, whenFull: 'end' } as const

/** Search and live tail of the console, as server-sent events. The work ends when its reader disconnects. */
export function searchRoutes(store: Store, clock: Clock, maxScannedLogs: number): HttpRoute[] {
  const searches = new SearchLine()
  let tails = 0

  function search(request: RoutedRequest): undefined {
    const { query } = request
    const logstore = logstoreOf(store, query, clock)
    if (logstore === undefined) throw new HttpError(404, `there is no logstore ${query.get('logstore')}`)
    const whole = timesOf(logstore)
    const range = { from: numberOf(query, 'from', whole.from), to: numberOf(query, 'to', whole.to) }
    if (range.from >= range.to) throw new HttpError(400, 'from must be before to')
    if (searches.length >= MOST_SEARCHES) throw new HttpError(503, 'too many searches at once')
    const text = readableQuery(query)
    const parts = Math.min(numberOf(query, 'parts', 60), MOST_PARTS, range.to - range.from)
    const count = Math.min(numberOf(query, 'count', 100), MOST_LOGS)
    const stream = request.events(STREAM)
    const left = new AbortController()
    stream.onEnd(() => left.abort())

    // The first event is sent at once, because the user waits for it.
    let sentAtMs = Number.NEGATIVE_INFINITY
    let sentVersion = -1
    const send = (state: SearchFindings['state']) => {
      sentAtMs = clock.monotonicMs()
      const isSame = sentVersion === exploration.pageVersion
      sentVersion = exploration.pageVersion
      stream.send('found', findingsOf(exploration, isSame, state))
    }
    const onTurn = () => {
      if (clock.monotonicMs() - sentAtMs >= PROGRESS_MS) send('running')
    }
    const wanted = { logstore, range, topic: '', query: text, maxWork: maxScannedLogs, signal: left.signal }
    const exploration = new Exploration(wanted, { count, parts, onTurn })
    void searches
      .run(async () => {
        if (left.signal.aborted) return
        send((await exploration.run()) ? 'complete' : 'incomplete')
      })
      .finally(() => stream.finish())
  }

  function tail(request: RoutedRequest): undefined {
    const { query } = request
    const find = () => logstoreOf(store, query, clock)
    if (tails >= MOST_TAILS) throw new HttpError(503, 'too many readers of live logs')
    const following = new Tail(readableQuery(query), find())
    const stream = request.events({ whenFull: 'skip' })
    tails++
    const look = () => {
      const { found, skipped } = following.take(find())
      if (found.length + skipped > 0) stream.send('logs', { logs: found.map(shownLog), skipped } satisfies TailedLogs)
      cancel = clock.setTimer(look, TAIL_MS, true)
    }
    let cancel = clock.setTimer(look, TAIL_MS, true)
    stream.onEnd(() => {
      tails--
      cancel()
    })
  }

  return [
    { method: 'GET', path: `${CONSOLE_API}search`, handle: search },
    { method: 'GET', path: `${CONSOLE_API}tail`, handle: tail },
  ]
}

function findingsOf(exploration: Exploration, isSamePage: boolean, state: SearchFindings['state']): SearchFindings {
  const { range, matched, scanned, counts, fields } = exploration
  return {
    range,
    logs: isSamePage ? undefined : exploration.page().map(shownLog),
    matched,
    scanned,
    counts,
    fields: fields.list(),
    fieldLogs: fields.logs,
    state,
  }
}

/** The range of all log times. Without logs, any range that is not empty. */
function timesOf({ shards }: Logstore): TimeRange {
  let from = Number.POSITIVE_INFINITY
  let to = 0
  for (const { firstTime, lastTime } of shards.flatMap((shard) => shard.groups())) {
    from = Math.min(from, firstTime)
    to = Math.max(to, lastTime + 1)
  }
  return from < to ? { from, to } : { from: 0, to: 1 }
}

/** The query, checked: one that cannot be parsed is refused. */
function readableQuery(query: URLSearchParams): string {
  const text = query.get('query') ?? ''
  try {
    parseQuery(text)
    return text
  } catch (error) {
    if (error instanceof ServiceError) throw new HttpError(400, error.message, { code: error.errorCode })
    throw error
  }
}

function logstoreOf(store: Store, query: URLSearchParams, clock: Clock): Logstore | undefined {
  const project = store.projects.find(({ name }) => name === query.get('project'))
  const logstore = project?.logstores.get(query.get('logstore') ?? '')
  if (logstore !== undefined) store.expire(logstore, clock.now())
  return logstore
}
