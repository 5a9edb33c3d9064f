/** What is kept: opaque bytes of a group, in the order of the group. */
export interface SpoolRecord {
  /** Records of one group stay in order. Opaque, at most 65,471 bytes of UTF-8, none of them zero. */
  readonly group: string
  /** How many things the record stands for: what is lost is told in these. */
  readonly count: number
  /** Epoch milliseconds. */
  readonly timeMs: number
  /** Told by the next opening while the record is unsettled. Opaque; with the group at most 65,471 bytes of UTF-8. Default: none. */
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
  /** What the files of this spool take on disk, those in quarantine left out. */
  readonly bytes: number
  /** Not settled. */
  readonly unsettled: Readonly<Tally>
  /** Epoch milliseconds of the oldest unsettled record, to the second. */
  readonly oldestAtMs: number | undefined
  readonly appends: number
  readonly syncs: number
  /** Unsettled records that were found: by opening, and by taking over the slots of others. */
  readonly recovered: Readonly<Tally>
  /** Records that were damaged or missing. Exact. */
  readonly lost: Readonly<Tally>
  readonly settled: Readonly<Tally>
  /** Unsettled records in a slot that another process took over: it took this one for dead. */
  readonly handedOver: Readonly<Tally>
  /** Segments that were put into quarantine. */
  readonly quarantined: number
  /** Unsettled, by share (a project). */
  readonly shares: ReadonlyMap<string, Readonly<GroupTally>>
  /** What the index takes. */
  readonly indexBytes: number
}

/**
 * A durable queue of opaque records, settled one by one in any order. It knows nothing of what is in them.
 *
 * An append is on disk when its promise resolves (how firmly: `durability`), and is then taken by whoever appended it.
 * What is taken is settled or released; what is neither is there again after the next opening.
 */
export interface Spool {
  /** Resolves to the record's id. Rejects with `ERR_LOGHUB_SPOOL_FULL`: then nothing was kept. */
  append(record: SpoolRecord): Promise<number>
  /** The last resort at the exit of a process: on disk when it returns, while other appends may be under way. */
  appendSync(record: SpoolRecord): number
  /** The oldest of a group that nobody has. */
  take(group: string): TakenRecord | undefined
  /**
   * The oldest records of the group's share that nobody has, as many as make room for so many bytes more once they are settled. None
   * where all of them would not.
   */
  takeForRoom(group: string, bytes: number): readonly TakenRecord[]
  /** Undefined for a damaged one: it is then counted as lost and settled. */
  read(id: number): Promise<SpoolRecord | undefined>
  /** Gives a taken one back. */
  release(id: number): void
  /** A record is settled once; a second time changes nothing. */
  settle(id: number, verdict: Verdict): void
  /** Groups with unsettled records. */
  groups(): Iterable<string>
  stats(): SpoolStats
  /** Settlements that were made are with the operating system, and unsynced appends on disk. */
  flush(): Promise<void>
  /** Afterwards the directory is free for others. Appends that were made before are finished. */
  close(): Promise<void>
}
