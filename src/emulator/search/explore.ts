import type { StoredGroup } from '../store/shard.ts'
import { FieldCounts } from './field-counts.ts'
import { scan, type TimeRange } from './scan.ts'
import { matching, type Search } from './search.ts'
import { type FoundLog, newestFirst, TopPage } from './top-page.ts'

/** Options of an exploration. */
export interface ExploreOptions {
  /** How many of the newest logs to show. */
  readonly count: number
  /** How many parts of the range to count logs in. */
  readonly parts: number
  /** Called about every 20 ms while the scan runs. */
  readonly onTurn: () => void
}

/**
 * One scan that finds the newest logs, counts all logs by time, and counts the values of their fields. Its results can be
 * read at any time, and grow until `run` has ended.
 */
export class Exploration {
  readonly fields = new FieldCounts()
  readonly counts: number[]
  readonly #search: Search
  readonly #options: ExploreOptions
  readonly #page: TopPage
  /** Number of logs that match, so far. */
  matched = 0
  /** Number of logs that were examined, or counted with their group, so far. */
  scanned = 0
  /** Changes whenever a log may have been added to the page. */
  pageVersion = 0

  constructor(search: Search, options: ExploreOptions) {
    this.#search = search
    this.#options = options
    this.#page = new TopPage(options.count, newestFirst)
    this.counts = Array.from({ length: options.parts }, () => 0)
  }

  /** The range of log times. */
  get range(): TimeRange {
    return this.#search.range
  }

  /** The newest logs found so far, newest first. */
  page(): readonly FoundLog[] {
    return this.#page.found()
  }

  /** Resolves to whether the whole range was examined. */
  run(): Promise<boolean> {
    const { matches, cost, matchesAll } = matching(this.#search)
    const { range } = this.#search
    const skipsGroup = (group: StoredGroup) => {
      if (!matchesAll || !this.fields.isFull || !this.#isOlderThanPage(group)) return false
      const part = this.#partOf(group.firstTime)
      if (group.firstTime < range.from || group.lastTime >= range.to || part !== this.#partOf(group.lastTime))
        return false
      this.#count(part, group.logCount)
      this.scanned += group.logCount
      return true
    }
    const options = { ...this.#search, isReverse: true, costPerLog: cost, skipsGroup, onTurn: this.#options.onTurn }
    return scan(this.#search.logstore, options, (log, { arrival }) => {
      this.scanned++
      if (!matches(log)) return
      this.#count(this.#partOf(log.time), 1)
      this.fields.add(log)
      const worst = this.#page.worst
      if (worst !== undefined && log.time < worst.log.time) return
      this.#page.add({ log, arrival })
      this.pageVersion++
    })
  }

  #isOlderThanPage({ lastTime }: StoredGroup): boolean {
    const worst = this.#page.worst
    return worst !== undefined && lastTime < worst.log.time
  }

  #count(part: number, logs: number): void {
    this.matched += logs
    this.counts[part] = (this.counts[part] as number) + logs
  }

  #partOf(time: number): number {
    const { from, to } = this.#search.range
    return Math.min(this.counts.length - 1, Math.floor(((time - from) * this.counts.length) / (to - from)))
  }
}
