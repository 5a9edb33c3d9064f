/** A record: opaque bytes that belong to a group. */
export interface SpoolRecord {
  /** Records of one group stay in order. Opaque; at most 65,471 bytes of UTF-8 without a zero byte. */
  readonly group: string
  /** How many logs the record contains: losses are counted in logs. */
  readonly count: number
  /** Epoch milliseconds. */
  readonly timeMs: number
  /** Returned by the next opening if the record is unsettled then. Opaque; with the group at most 65,471 bytes of UTF-8. Default: none. */
  readonly note?: string | undefined
  /** The caller must not change it before the append is settled. */
  readonly body: Uint8Array
}

export interface TakenRecord extends Omit<SpoolRecord, 'body' | 'timeMs' | 'note'> {
  readonly id: number
  /** Epoch seconds. The exact time comes with the body. */
  readonly timeSeconds: number
  readonly bodyBytes: number
}

export type Verdict = 'delivered' | 'failed' | 'dropped' | 'damaged'

export interface Tally {
  records: number
  /** The sum of the counts of the records. */
  counts: number
}

export interface GroupTally extends Tally {
  /** Size of the bodies. */
  bytes: number
}

export interface SpoolStats {
  /** Size of the files of this spool on disk, without those in quarantine. */
  readonly bytes: number
  /** Largest size of the files. */
  readonly maxBytes: number
  /** Records that are not settled. */
  readonly unsettled: Readonly<Tally>
  /** Epoch milliseconds of the oldest unsettled record, to the second. */
  readonly oldestAtMs: number | undefined
  readonly appends: number
  readonly syncs: number
  /** Unsettled records that were found when a slot was opened or taken over. */
  readonly recovered: Readonly<Tally>
  /** Records that were damaged or missing. Exact. */
  readonly lost: Readonly<Tally>
  readonly settled: Readonly<Tally>
  /** Unsettled records in a slot that another process took over, because it considered this one dead. */
  readonly handedOver: Readonly<Tally>
  /** Segments that were put into quarantine. */
  readonly quarantined: number
  /** Unsettled records by share (a project). */
  readonly shares: ReadonlyMap<string, Readonly<GroupTally>>
  /** Bytes of the index in memory. */
  readonly indexBytes: number
}

/**
 * A durable queue of opaque records, which are settled one by one in any order.
 *
 * A record is on disk when the promise of its append resolves (`durability` says how safely), and then counts as taken by the caller. A
 * taken record has to be settled or released; the next opening recovers all unsettled records.
 */
export interface Spool {
  /** Resolves to the id of the record. Rejects with `ERR_LOGHUB_SPOOL_FULL` if there is no room; then nothing was written. */
  append(record: SpoolRecord): Promise<number>
  /** For the exit of a process: the record is on disk when it returns. Other appends may be in progress. */
  appendSync(record: SpoolRecord): number
  /** Takes the oldest record of a group that is not taken. */
  take(group: string): TakenRecord | undefined
  /**
   * Takes the oldest records of the group's share that are not taken, as many as make room for this number of bytes once they are
   * settled; none if all of them would not.
   */
  takeForRoom(group: string, bytes: number): readonly TakenRecord[]
  /** Resolves to undefined for a damaged record, which is counted as lost and settled. */
  read(id: number): Promise<SpoolRecord | undefined>
  /** Releases a taken record. */
  release(id: number): void
  /** Settles a record. Does nothing if it is settled. */
  settle(id: number, verdict: Verdict): void
  /** The groups that have unsettled records. */
  groups(): Iterable<string>
  stats(): SpoolStats
  /** Writes all settlements to the operating system, and syncs unsynced appends to disk. */
  flush(): Promise<void>
  /** Finishes the appends in progress, and releases the slots to other processes. */
  close(): Promise<void>
}
