import type { Clock } from '../../core/clock.ts'
import type { LogReader } from '../../sls/log-reader.ts'
import type { SinkError } from '../../sls/sink.ts'
import { UsageError } from '../shared/exit-code.ts'
import { pause } from '../shared/pause.ts'
import type { ReadLog } from './log-text.ts'
import type { PatientCalls } from './patient-calls.ts'
import { cursorFrom, type StartPoint } from './start-point.ts'

export interface LogstoreReaderOptions {
  readonly reader: LogReader
  readonly calls: PatientCalls
  readonly from: StartPoint
  /** Continues when everything is read, and looks for new shards. */
  readonly follow: boolean
  /** Only this shard. Default: all. */
  readonly shard?: number
  /** Only logs of this topic. Default: all. */
  readonly topic?: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

interface ReadingShard {
  readonly id: number
  cursor: string
  /** Where to stop, because others may write all the time. Undefined when following. */
  readonly end: string | undefined
}

const FIRST_POLL_MS = 200
const LONGEST_POLL_MS = 2_000
const GROUPS_IN_A_PAGE = 100
const NEW_SHARDS_MS = 5_000

/** Reads the shards of a logstore in turn, each from its own cursor. Logs are in order within a shard, not across shards. */
export class LogstoreReader {
  readonly #options: LogstoreReaderOptions
  readonly #shards = new Map<number, ReadingShard>()
  readonly #gone = new Set<number>()
  #listedAtMs = 0

  constructor(options: LogstoreReaderOptions) {
    this.#options = options
  }

  /** Pages of logs, until everything is read or, when following, until the signal. One page is in memory at a time. */
  async *pages(): AsyncGenerator<ReadLog[]> {
    const { follow, clock, signal, from } = this.#options
    await this.#findShards(from)
    let pollMs = FIRST_POLL_MS
    while (!signal.aborted) {
      let isIdle = true
      for await (const page of this.#round()) {
        isIdle = false
        yield page
      }
      if (isIdle && !follow) return
      if (isIdle) await pause(pollMs, clock, signal)
      pollMs = isIdle ? Math.min(pollMs * 2, LONGEST_POLL_MS) : FIRST_POLL_MS
      // A shard that appears while following comes from a split, so all of its logs are new.
      if (follow && this.#isListOld && !signal.aborted) await this.#findShards('begin')
    }
  }

  get #isListOld(): boolean {
    return this.#options.clock.monotonicMs() - this.#listedAtMs >= NEW_SHARDS_MS
  }

  async *#round(): AsyncGenerator<ReadLog[]> {
    for (const shard of this.#shards.values()) {
      if (this.#options.signal.aborted) return
      const page = await this.#pull(shard)
      if (page !== undefined) yield page
    }
  }

  /** The next page of a shard; undefined if there is nothing more for now. */
  async #pull(shard: ReadingShard): Promise<ReadLog[] | undefined> {
    const { reader, calls, topic } = this.#options
    const { id, cursor, end } = shard
    if (cursor === end) return undefined
    const pulled = await calls.run(() => reader.pullLogGroups(id, cursor, GROUPS_IN_A_PAGE, end), isShardGone)
    if (pulled === undefined) return this.#leave(shard)
    const { groups, nextCursor } = pulled
    if (groups.length === 0 && nextCursor === cursor) return undefined
    shard.cursor = nextCursor
    const chosen = topic === undefined ? groups : groups.filter((group) => group.topic === topic)
    return chosen.flatMap((group) => group.logs.map((log) => ({ shard: id, group, log })))
  }

  /** Leaves a shard that has expired after a split or merge. The shards that replace it are looked for at once. */
  #leave({ id }: ReadingShard): undefined {
    this.#shards.delete(id)
    this.#gone.add(id)
    this.#listedAtMs = Number.NEGATIVE_INFINITY
  }

  async #findShards(from: StartPoint): Promise<void> {
    const { reader, calls, clock, shard: only } = this.#options
    const found = await calls.run(() => reader.listShards())
    this.#listedAtMs = clock.monotonicMs()
    // A logstore that was created while this waited for it is read from its beginning.
    const start = from === 'end' && calls.hasMissed ? 'begin' : from
    for (const { shardID: id } of found) {
      if (this.#shards.has(id) || this.#gone.has(id) || (only !== undefined && only !== id)) continue
      const shard = await this.#startedShard(id, start)
      if (shard !== undefined) this.#shards.set(id, shard)
    }
    this.#requireShard(found.map(({ shardID }) => shardID))
  }

  async #startedShard(id: number, from: StartPoint): Promise<ReadingShard | undefined> {
    const { reader, calls, clock, follow } = this.#options
    const cursor = await calls.run(() => reader.getCursor(id, cursorFrom(from, clock.now())), isShardGone)
    const end = follow ? undefined : await calls.run(() => reader.getCursor(id, 'end'), isShardGone)
    return cursor === undefined || (end === undefined && !follow) ? undefined : { id, cursor, end }
  }

  #requireShard(ids: readonly number[]): void {
    const { shard } = this.#options
    if (shard === undefined || this.#shards.has(shard) || this.#gone.has(shard)) return
    throw new UsageError(`there is no shard ${shard}: the logstore has ${ids.join(', ')}`)
  }
}

function isShardGone({ serverCode }: SinkError): boolean {
  return serverCode === 'ShardNotExist'
}
