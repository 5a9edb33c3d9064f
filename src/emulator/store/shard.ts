import { type HashRange, hashKeyText } from './hash-range.ts'

/** A LogGroup as it was received, and what reading needs to know of it without decoding. */
export interface StoredGroup {
  readonly bytes: Buffer
  readonly logCount: number
  /** Earliest and latest log time, epoch seconds. */
  readonly firstTime: number
  readonly lastTime: number
  readonly receivedAtMs: number
  readonly requestId: string
  /** Counts all groups of the emulator in the order in which they came. */
  readonly arrival: number
}

/** One range of a logstore: its groups by sequence number. The oldest may have been dropped, numbers never come back. */
export class Shard {
  readonly id: number
  readonly range: HashRange
  readonly createTime: number
  status: 'readwrite' | 'readonly' = 'readwrite'
  #groups: StoredGroup[] = []
  #head = 0
  #firstSequence = 0
  /** Groups that have left by age: the store still has them in its order of arrival. */
  #expired = 0
  #logs = 0
  #bytes = 0

  constructor(id: number, range: HashRange, createTime: number) {
    this.id = id
    this.range = range
    this.createTime = createTime
  }

  /** The number that the next group gets. */
  get nextSequence(): number {
    return this.#firstSequence + this.#groups.length - this.#head
  }

  /** The number of the oldest group that is still here. */
  get firstSequence(): number {
    return this.#firstSequence
  }

  /** Logs and their bytes that are here now. */
  get totals(): { readonly logs: number; readonly bytes: number } {
    return { logs: this.#logs, bytes: this.#bytes }
  }

  /** The next group in sequence. */
  append(group: StoredGroup): void {
    this.#logs += group.logCount
    this.#bytes += group.bytes.length
    this.#groups.push(group)
  }

  /** Drops the groups that were received before a time. */
  *expire(beforeMs: number): Generator<StoredGroup> {
    while (this.#head < this.#groups.length && (this.#groups[this.#head] as StoredGroup).receivedAtMs < beforeMs) {
      this.#expired++
      yield this.#shift()
    }
  }

  /** Whether the oldest entry of this shard in the order of arrival is one that has left by age; it is settled with this. */
  settleExpired(): boolean {
    if (this.#expired === 0) return false
    this.#expired--
    return true
  }

  /** Goes on where an earlier run stopped. Only while the shard is empty. */
  startAt(sequence: number): void {
    this.#firstSequence = sequence
  }

  /** Makes room; undefined where there is nothing left. */
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

  /** Groups from a sequence number on; from the oldest one where the number has been dropped. */
  slice(from: number, count: number): StoredGroup[] {
    const start = this.#head + Math.max(0, from - this.#firstSequence)
    return this.#groups.slice(start, start + count)
  }

  /** All that is here, in the order in which it came. */
  groups(): StoredGroup[] {
    return this.#groups.slice(this.#head)
  }

  /** The first group received at a time or later. */
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
