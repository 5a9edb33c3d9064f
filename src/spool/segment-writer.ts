import { Alarm } from '../core/alarm.ts'
import { Deferred } from '../core/deferred.ts'
import { OpenSegment, type OpenSegmentParts, type Placement, place } from './open-segment.ts'
import { SETTLED } from './record-index.ts'
import { CannotTakeBack, SegmentFile, type SequencedRecord, type WrittenRecord } from './segment-file.ts'
import { Turns } from './turns.ts'

/** Records that were written with one write. Known to be on disk, or reported as failed, when `durable` settles. */
export interface WrittenGroup {
  readonly durable: Promise<readonly Placement[]>
}

/** With durability `batch`: written, and to be reported after the next sync. */
interface AwaitedGroup {
  readonly records: readonly SequencedRecord[]
  readonly written: readonly WrittenRecord[]
  readonly durable: Deferred<readonly Placement[]>
}

/** With durability `interval`: written and reported, and not synced. */
interface Unsynced extends Placement {
  readonly record: SequencedRecord
}

const MOST_UNSYNCED_BYTES = 8 * 1024 * 1024

/**
 * Appends to the newest segment of a slot, and begins the next. Writes come one after the other, in turns; so does what closes a
 * segment. A sync takes no turn: what comes meanwhile is written beside it, and waits for the next one.
 */
export class SegmentWriter {
  readonly #parts: OpenSegmentParts
  readonly #open: OpenSegment
  readonly #turns = new Turns()
  readonly #syncAlarm: Alarm
  #awaited: AwaitedGroup[] = []
  /** The sync under way, which never rejects, nor waits for a turn. */
  #syncing: Promise<void> | undefined
  /** A sync of the current segment failed: what was written since the last one goes elsewhere. */
  #isDoubtful = false
  #unsynced: Unsynced[] = []
  #unsyncedBytes = 0
  /** Written at the exit of the process, beside the current one: a write to that may be under way. */
  #last: SegmentFile | undefined

  constructor(parts: OpenSegmentParts) {
    this.#parts = parts
    this.#open = new OpenSegment(parts)
    this.#syncAlarm = new Alarm(parts.context.clock, () => void this.sync().catch(() => {}))
  }

  /** Whether the segment that is written to has records. */
  get hasRecords(): boolean {
    return (this.#open.file?.segment.written.records ?? 0) > 0
  }

  /** Whether something is to be reported after a sync. */
  get awaitsSync(): boolean {
    return this.#awaited.length > 0
  }

  /** All of them or none. Taken by who appends. */
  write(records: readonly SequencedRecord[]): Promise<WrittenGroup> {
    return this.#turns.run(async () => {
      if (this.#parts.context.durability === 'batch') return this.#writeAwaited(records)
      const placements = await this.#writeUnsynced(records)
      return { durable: Promise.resolve(placements) }
    })
  }

  /** What was written before it began has its verdict when it resolves. */
  async syncAwaited(): Promise<void> {
    await this.#syncOnce()
    if (this.#isDoubtful) await this.#turns.run(() => this.#moveAwaited())
  }

  writeSync(record: SequencedRecord): Placement {
    const { context, place: slot } = this.#parts
    if (this.#last === undefined) {
      this.#last = SegmentFile.createSync(context, slot, this.#open.nextSegment(record.sequence))
      context.onSegment(this.#last.segment)
    }
    return place(this.#last.segment, this.#last.writeSync(record))
  }

  /** What is written is on disk afterwards, whatever the durability. */
  sync(): Promise<void> {
    return this.#turns.run(() => this.#syncAll())
  }

  /** No more is written to the current segment. */
  closeCurrent(): Promise<void> {
    return this.#turns.run(() => this.#closeCurrent())
  }

  /** The current segment is closed if nothing in it is unsettled. */
  closeIfEmpty(): Promise<void> {
    return this.#turns.run(async () => {
      const isEmpty = this.#open.file?.segment.unsettled === 0 && !this.awaitsSync
      if (isEmpty && this.hasRecords) await this.#closeCurrent()
    })
  }

  /** Nothing more is written, nor said of what was. */
  letGo(): Promise<void> {
    return this.#turns.run(async () => {
      await this.#awaitAll()
      this.#forgetUnsynced()
      await this.#open.letGo()
    })
  }

  async #writeAwaited(records: readonly SequencedRecord[]): Promise<WrittenGroup> {
    await this.#moveAwaited()
    const file = await this.#roomFor(records)
    const written = await this.#writeTo(file, records)
    const durable = new Deferred<readonly Placement[]>()
    this.#awaited.push({ records, written, durable })
    return { durable: durable.promise }
  }

  /** One at a time: of two syncs of a file only one would be told that the disk failed. */
  #syncOnce(): Promise<void> {
    this.#syncing ??= this.#syncWritten().finally(() => {
      this.#syncing = undefined
    })
    return this.#syncing
  }

  async #syncWritten(): Promise<void> {
    const { file } = this.#open
    const groups = [...this.#awaited]
    if (file === undefined || groups.length === 0 || this.#isDoubtful) return
    const at = this.#open.syncPoint
    try {
      await this.#syncFile(file)
      await this.#parts.place.checkOwner()
    } catch {
      this.#isDoubtful = true
      return
    }
    this.#awaited.splice(0, groups.length)
    this.#open.synced(at)
    for (const { written, durable } of groups) durable.resolve(written.map((each) => place(file.segment, each)))
  }

  /** In a turn. All that was written with durability `batch` has its verdict. */
  async #awaitAll(): Promise<void> {
    // What was written while it was under way is not covered by it.
    await this.#syncing
    await this.#syncOnce()
    await this.#moveAwaited()
  }

  /** In a turn. A failed sync is of the file, not of the records: they are written once more, elsewhere. */
  async #moveAwaited(): Promise<void> {
    if (!this.#isDoubtful || !this.awaitsSync) return
    const groups = this.#awaited.splice(0)
    await this.#abandon()
    try {
      const placements = await this.#writeSynced(groups.flatMap(({ records }) => records))
      for (const { records, durable } of groups) durable.resolve(placements.splice(0, records.length))
    } catch (error) {
      for (const { durable } of groups) durable.reject(error as Error)
    }
  }

  async #writeSynced(records: readonly SequencedRecord[]): Promise<Placement[]> {
    const file = await this.#open.begin((records[0] as SequencedRecord).sequence)
    const written = await this.#writeTo(file, records)
    try {
      await this.#syncFile(file)
    } catch (error) {
      await this.#abandon()
      throw error
    }
    this.#open.synced()
    await this.#parts.place.checkOwner()
    return written.map((each) => place(file.segment, each))
  }

  async #writeUnsynced(records: readonly SequencedRecord[]): Promise<Placement[]> {
    const file = await this.#roomFor(records)
    const written = await this.#writeTo(file, records)
    await this.#parts.place.checkOwner()
    const placements = written.map((each) => place(file.segment, each))
    // Nothing is ever synced: what was written is all there is to trust.
    if (this.#parts.context.durability === 'os') this.#open.synced()
    else await this.#syncLater(placements, records)
    return placements
  }

  async #syncLater(placements: readonly Placement[], records: readonly SequencedRecord[]): Promise<void> {
    placements.forEach((placement, index) => {
      const record = records[index] as SequencedRecord
      this.#unsynced.push({ ...placement, record })
      this.#unsyncedBytes += record.body.length
    })
    if (this.#unsyncedBytes > MOST_UNSYNCED_BYTES) await this.#syncAll()
    else if (!this.#syncAlarm.isSet) this.#setSyncAlarm()
  }

  async #syncAll(): Promise<void> {
    this.#syncAlarm.clear()
    await this.#awaitAll()
    const { file } = this.#open
    if (file === undefined || this.#open.isSynced) return
    // A second sync of the same file may report success for what the system has thrown away.
    if (this.#isDoubtful) return this.#writeAnew()
    try {
      await this.#syncFile(file)
    } catch {
      this.#isDoubtful = true
      return this.#writeAnew()
    }
    this.#open.synced()
    this.#forgetUnsynced()
  }

  async #syncFile(file: SegmentFile): Promise<void> {
    await file.sync()
    this.#parts.context.tallies.syncs++
  }

  async #writeTo(file: SegmentFile, records: readonly SequencedRecord[]): Promise<WrittenRecord[]> {
    try {
      return await file.write(records)
    } catch (error) {
      if (!(error instanceof CannotTakeBack)) throw error
      // What is not synced yet has to go elsewhere with it.
      if (this.#unsynced.length > 0) await this.#writeAnew().catch(() => {})
      else await this.#awaitAll()
      if (this.#open.file === file && this.#unsynced.length === 0) await this.#abandon()
      throw error.cause
    }
  }

  async #roomFor(records: readonly SequencedRecord[]): Promise<SegmentFile> {
    if (!this.#open.hasRoomFor(records)) await this.#closeCurrent()
    return this.#open.file ?? this.#open.begin((records[0] as SequencedRecord).sequence)
  }

  async #closeCurrent(): Promise<void> {
    if (this.#parts.context.durability !== 'os') await this.#syncAll()
    this.#forgetUnsynced()
    await this.#open.close()
  }

  /** After a failed sync the unsynced records are written to another segment; where that fails, they stay and it is tried again. */
  async #writeAnew(): Promise<void> {
    const { context, place: slot, ledger } = this.#parts
    const alive = this.#unsynced.filter(({ segment, row }) => segment.index.state(row) !== SETTLED)
    if (alive.length === 0) return this.#abandon()
    try {
      const next = this.#open.nextSegment((alive[0] as Unsynced).record.sequence)
      const file = await SegmentFile.create(context, slot, next)
      const written = await file.write(alive.map(({ record }) => record))
      await file.sync()
      await ledger.add([{ kind: 'created', segment: next.number }])
      await this.#abandon()
      this.#adopt(file, alive, written)
    } catch (error) {
      this.#setSyncAlarm()
      throw error
    }
  }

  async #abandon(): Promise<void> {
    this.#isDoubtful = false
    this.#forgetUnsynced()
    await this.#open.abandon()
  }

  #adopt(file: SegmentFile, moved: readonly Unsynced[], written: readonly WrittenRecord[]): void {
    this.#open.use(file, { ...file.segment.closedAt, size: file.segment.size })
    moved.forEach(({ segment, row }, index) => {
      const to = place(file.segment, written[index] as WrittenRecord, segment.index.state(row))
      segment.forget(row)
      this.#parts.context.onMoved(segment, row, file.segment, to.row)
    })
  }

  #setSyncAlarm(): void {
    const { clock, syncIntervalMs } = this.#parts.context
    this.#syncAlarm.set(clock.monotonicMs() + syncIntervalMs)
  }

  #forgetUnsynced(): void {
    this.#unsynced = []
    this.#unsyncedBytes = 0
    this.#syncAlarm.clear()
  }
}
