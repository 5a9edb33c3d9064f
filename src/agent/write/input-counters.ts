/** What one input has done since it was added, over all its restarts. All counters only grow, but for those of what is in flight. */
export class InputCounters {
  /** Logs and bytes of their content that the producer has taken. */
  logs = 0
  bytes = 0
  /** Logs that the service has stored or, with a spool, that are on disk. */
  delivered = 0
  /** Logs that were given up by the producer or refused by the service. An input that can go back sends them again. */
  failed = 0
  /** Logs left out because there was no room and the input does not wait (`required: false`). */
  dropped = 0
  /** Logs that a transform left out, or that cost a transform an error. */
  filtered = 0
  transformErrors = 0
  /** Logs discarded because the code that wrote them ran on after its input had ended. */
  discarded = 0
  /** How often a write waited for memory. */
  blocked = 0
  /** Logs and bytes that have no result yet. */
  inFlightLogs = 0
  inFlightBytes = 0
  /** Counters that only this kind of input has, by their names. */
  readonly byName = new Map<string, number>()

  count(name: string, by = 1): void {
    this.byName.set(name, (this.byName.get(name) ?? 0) + by)
  }

  snapshot(): InputCounts {
    const { byName, ...counts } = this
    return { ...counts, byName: Object.fromEntries(byName) } as InputCounts
  }
}

/** A reading of `InputCounters`. */
export interface InputCounts {
  /** Logs that the producer has taken from it. */
  readonly logs: number
  /** Approximate size of the content of these logs, in bytes. */
  readonly bytes: number
  /** Logs that the service has stored or, with a spool, that are on disk. */
  readonly delivered: number
  /** Logs that the producer gave up or the service refused. An input that can go back sends them again. */
  readonly failed: number
  /** Logs dropped because there was no memory and the input does not wait (`required: false`). */
  readonly dropped: number
  /** Logs that its transforms left out. */
  readonly filtered: number
  /** Logs at which a transform threw. */
  readonly transformErrors: number
  /** Logs discarded because their input had ended. */
  readonly discarded: number
  /** How often a write had to wait for memory. */
  readonly blocked: number
  /** Logs that have no result yet. */
  readonly inFlightLogs: number
  /** Bytes of logs that have no result yet. */
  readonly inFlightBytes: number
  /** Counters of the input's own, by their names. */
  readonly byName: Readonly<Record<string, number>>
}
