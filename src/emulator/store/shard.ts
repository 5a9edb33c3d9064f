import { type HashRange, hashKeyText } from './hash-range.ts'

/** A LogGroup as it was received, with metadata so that readers need not decode it. */
export interface StoredGroup {
  readonly bytes: Buffer
  readonly logCount: number
  /** Earliest and latest log time, in epoch seconds. */
  readonly firstTime: number
  readonly lastTime: number
  readonly receivedAtMs: number
  readonly requestId: string
  /** Number of the group among all groups of the emulator, in order of arrival. */
  readonly arrival: number
}

/** A shard: groups with sequence numbers. The oldest may have been dropped; numbers are never used again. */
export class Shard {
  readonly id: number
  readonly range: HashRange
  readonly createTime: number
  status: 'readwrite' | 'readonly' = 'readwrite'
  #groups: StoredGroup[] = []
  #head = 0
  #firstSequence = 0
  /** Number of expired groups that are still in the store's list of arrivals. */
  #expired = 0
  #logs = 0
  #bytes = 0

  constructor(id: number, range: HashRange, createTime: number) {
    this.id = id
    this.range = range
    this.createTime = createTime
  }

  /** The sequence number of the next group. */
  get nextSequence(): number {
    return this.#firstSequence + this.#groups.length - this.#head
  }

  /** The sequence number of the oldest stored group. */
  get firstSequence(): number {
    return this.#firstSequence
  }

  /** Number of stored logs, and their bytes. */
  get totals(): { readonly logs: number; readonly bytes: number } {
    return { logs: this.#logs, bytes: this.#bytes }
  }

  /** Adds a group. */
  append(group: StoredGroup): void {
    this.#logs += group.logCount
    this.#bytes += group.bytes.length
    this.#groups.push(group)
  }

  /** Drops the groups that were received before this time. */
  *expire(beforeMs: number): Generator<StoredGroup> {
    while (this.#head < this.#groups.length && (this.#groups[this.#head] as StoredGroup).receivedAtMs < beforeMs) {
      this.#expired++
      yield this.#shift()
    }
  }

  /** Whether the oldest entry of this shard in the list of arrivals is an expired group. Counts it as removed from the list. */
  settleExpired(): boolean {
    if (this.#expired === 0) return false
    this.#expired--
    return true
  }

  /** Sets the next sequence number, to continue an earlier run. Only while the shard is empty. */
  startAt(sequence: number): void {
    this.#firstSequence = sequence
  }

  /** Drops the oldest group. Undefined if the shard is empty. */
  dropOldest(): StoredGroup | undefined {
    return this.#head === this.#groups.length ? undefined : this.#shift()
  }

  #shift(): StoredGroup {
    const group = this.#groups[this.#head] as StoredGroup
    this.#logs -= group.logCount
    this.#bytes -= group.bytes.length
    this.#groups[this.#head++] = undefined as unknown as StoredGroup
    this.#firstSequence++
    if (this.#head >= 1024 && this.#head * 2 >= this.#groups.length) {
      this.#groups = this.#groups.slice(this.#head)
      this.#head = 0
    }
    return group
  }

  /** Groups from a sequence number on, or from the oldest group if that one has been dropped. */
  slice(from: number, count: number): StoredGroup[] {
    const start = this.#head + Math.max(0, from - this.#firstSequence)
    return this.#groups.slice(start, start + count)
  }

  /** All stored groups in order of arrival. */
  groups(): StoredGroup[] {
    return this.#groups.slice(this.#head)
  }

  /** The sequence number of the first group that was received at this time or later. */
  sequenceAt(receivedAtMs: number): number {
    let low = this.#head
    let high = this.#groups.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#groups[middle] as StoredGroup).receivedAtMs < receivedAtMs) low = middle + 1
      else high = middle
    }
    return this.#firstSequence + low - this.#head
  }

  /** As ListShards shows it. */
  toJSON(): object {
    return {
      shardID: this.id,
      status: this.status,
      inclusiveBeginKey: hashKeyText(this.range.begin),
      exclusiveEndKey: hashKeyText(this.range.end),
      createTime: this.createTime,
    }
  }
}
