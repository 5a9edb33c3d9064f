import type { Logstore } from '../store/logstore.ts'
import type { Shard, StoredGroup } from '../store/shard.ts'
import { logViews } from '../wire/log-view.ts'
import { parseQuery } from './query.ts'
import { type Matcher, matcherOf } from './query-matcher.ts'
import type { FoundLog } from './top-page.ts'

/** The logs since the last call. */
export interface TailPart {
  /** In order of arrival. If there were too many, only the newest ones. */
  readonly found: readonly FoundLog[]
  /** Number of logs that were left out. */
  readonly skipped: number
}

const MOST_LOOKED_AT = 20_000
// Per call. Nobody can read more while it scrolls.
const MOST_FOUND = 25

/** Follows a logstore from now on. A call takes a bounded time, however many logs have arrived. */
export class Tail {
  readonly #matches: Matcher
  readonly #next = new Map<Shard, number>()
  #logstore: Logstore | undefined

  /** Throws a refusal for a query that cannot be parsed. */
  constructor(query: string, logstore: Logstore | undefined) {
    this.#matches = matcherOf(parseQuery(query))
    this.#logstore = logstore
    for (const shard of logstore?.shards ?? []) this.#next.set(shard, shard.nextSequence)
  }

  /** @param logstore undefined while it does not exist; a new one with the same name is read from its start */
  take(logstore: Logstore | undefined): TailPart {
    if (logstore !== this.#logstore) this.#next.clear()
    this.#logstore = logstore
    const groups = (logstore?.shards ?? []).flatMap((shard) => this.#newGroups(shard))
    groups.sort((a, b) => b.arrival - a.arrival)
    const newestFirst: FoundLog[] = []
    let lookedAt = 0
    let skipped = 0
    for (const group of groups) {
      lookedAt += group.logCount
      if (lookedAt > MOST_LOOKED_AT && newestFirst.length > 0) {
        skipped += group.logCount
        continue
      }
      const found = this.#foundIn(group)
      const room = MOST_FOUND - newestFirst.length
      skipped += Math.max(0, found.length - room)
      if (room > 0) newestFirst.push(...found.slice(-room).reverse())
    }
    return { found: newestFirst.reverse(), skipped }
  }

  #newGroups(shard: Shard): StoredGroup[] {
    const from = this.#next.get(shard) ?? 0
    this.#next.set(shard, shard.nextSequence)
    return from === shard.nextSequence ? [] : shard.slice(from, Number.MAX_SAFE_INTEGER)
  }

  #foundIn(group: StoredGroup): FoundLog[] {
    const found: FoundLog[] = []
    for (const log of logViews(group.bytes)) if (this.#matches(log)) found.push({ log, arrival: group.arrival })
    return found
  }
}
