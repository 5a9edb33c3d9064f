/** What one input has done since it was added, over all its restarts. Counters only grow, except for the two of now. */
export class InputCounters {
  /** Logs and bytes of their content that the producer has taken. */
  logs = 0
  bytes = 0
  /** Logs that the service or, with a spool, the disk has taken. */
  delivered = 0
  /** Logs that were given up by the producer or refused by the service. An input that can go back sends them again. */
  failed = 0
  /** Logs left out because there was no room and the input does not wait (`required: false`). */
  dropped = 0
  /** Logs that a transform left out, or that cost a transform an error. */
  filtered = 0
  transformErrors = 0
  /** Written by code that ran on after its input was ended: thrown away. */
  discarded = 0
  /** Waits for room. */
  blocked = 0
  /** Logs and bytes that have no verdict now. */
  inFlightLogs = 0
  inFlightBytes = 0
  /** What the kind of the input counts, by its own names. */
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
  /** Logs that it wrote. */
  readonly logs: number
  /** Bytes of the logs that it wrote. */
  readonly bytes: number
  /** Logs that the service has stored. */
  readonly delivered: number
  /** Logs that were given up. */
  readonly failed: number
  /** Logs dropped to make room for newer ones. */
  readonly dropped: number
  /** Logs that its transforms left out. */
  readonly filtered: number
  /** Logs at which a transform threw. */
  readonly transformErrors: number
  /** Logs thrown away because their input had ended. */
  readonly discarded: number
  /** How often a write had to wait for memory. */
  readonly blocked: number
  /** Logs that wait for their verdict. */
  readonly inFlightLogs: number
  /** Bytes that wait for their verdict. */
  readonly inFlightBytes: number
  /** Counters of the input's own, by their names. */
  readonly byName: Readonly<Record<string, number>>
}
