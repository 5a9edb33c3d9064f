/** A record: opaque bytes of a group, in the order of the group. */
export interface SpoolRecord {
  /** Records of one group stay in order. Opaque, at most 65,471 bytes of UTF-8, none of them zero. */
  readonly group: string
  /** How many things (logs) the record contains: losses are counted in these. */
  readonly count: number
  /** Epoch milliseconds. */
  readonly timeMs: number
  /** Returned by the next opening if the record is unsettled then. Opaque; with the group at most 65,471 bytes of UTF-8. Default: none. */
  readonly note?: string | undefined
  /** Not changed until the append is settled. */
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
  /** Of the bodies. */
  bytes: number
}

export interface SpoolStats {
  /** Size of the files of this spool on disk, without those in quarantine. */
  readonly bytes: number
  /** What the files may take. */
  readonly maxBytes: number
  /** Not settled. */
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
  /** Unsettled, by share (a project). */
  readonly shares: ReadonlyMap<string, Readonly<GroupTally>>
  /** Bytes of the index in memory. */
  readonly indexBytes: number
}

/**
 * A durable queue of opaque records, settled one by one in any order. It knows nothing of what is in them.
 *
 * An append is on disk when its promise resolves (`durability` says how safely), and is then taken by its caller. A taken record is
 * settled or released; otherwise it is there again after the next opening.
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
  /** Undefined for a damaged record, which is counted as lost and settled. */
  read(id: number): Promise<SpoolRecord | undefined>
  /** Releases a taken record. */
  release(id: number): void
  /** A record is settled once; a second time changes nothing. */
  settle(id: number, verdict: Verdict): void
  /** Groups with unsettled records. */
  groups(): Iterable<string>
  stats(): SpoolStats
  /** Writes all settlements to the operating system, and syncs unsynced appends to disk. */
  flush(): Promise<void>
  /** Finishes appends that were made before, and frees the directory for others. */
  close(): Promise<void>
}
