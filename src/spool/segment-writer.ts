import { Alarm } from '../core/alarm.ts'
import { Deferred } from '../core/deferred.ts'
import { OpenSegment, type OpenSegmentParts, type Placement, place } from './open-segment.ts'
import { SETTLED } from './record-index.ts'
import { CannotTakeBack, SegmentFile, type SequencedRecord, type WrittenRecord } from './segment-file.ts'
import { Turns } from './turns.ts'

/** Records that were written with one write. `durable` resolves when they are on disk, and rejects if that failed. */
export interface WrittenGroup {
  readonly durable: Promise<readonly Placement[]>
}

/** With durability `batch`: records that were written and are reported after the next sync. */
interface AwaitedGroup {
  readonly records: readonly SequencedRecord[]
  readonly written: readonly WrittenRecord[]
  readonly durable: Deferred<readonly Placement[]>
}

/** With durability `interval`: a record that was written and reported, and is not synced. */
interface Unsynced extends Placement {
  readonly record: SequencedRecord
}

const MOST_UNSYNCED_BYTES = 8 * 1024 * 1024

/**
 * Appends to the newest segment of a slot, and creates the next one. Writes, and everything that closes a segment, run one after the other,
 * in turns. A sync takes no turn: records that arrive during a sync are written at once, and wait for the next sync.
 */
export class SegmentWriter {
  readonly #parts: OpenSegmentParts
  readonly #open: OpenSegment
  readonly #turns = new Turns()
  readonly #syncAlarm: Alarm
  #awaited: AwaitedGroup[] = []
  /** The sync in progress. It never rejects, and does not wait for a turn. */
  #syncing: Promise<void> | undefined
  /** A sync of the current segment failed: the records that are not synced are written again, to another segment. */
  #isDoubtful = false
  #unsynced: Unsynced[] = []
  #unsyncedBytes = 0
  /** The segment for writes at the exit of the process. A write to the current segment may be in progress then. */
  #last: SegmentFile | undefined

  constructor(parts: OpenSegmentParts) {
    this.#parts = parts
    this.#open = new OpenSegment(parts)
    this.#syncAlarm = new Alarm(parts.context.clock, () => void this.sync().catch(() => {}))
  }

  /** Whether the current segment has records. */
  get hasRecords(): boolean {
    return (this.#open.file?.segment.written.records ?? 0) > 0
  }

  /** Whether written records wait for a sync to be reported. */
  get awaitsSync(): boolean {
    return this.#awaited.length > 0
  }

  /** Writes all records or none. */
  write(records: readonly SequencedRecord[]): Promise<WrittenGroup> {
    return this.#turns.run(async () => {
      if (this.#parts.context.durability === 'batch') return this.#writeAwaited(records)
      const placements = await this.#writeUnsynced(records)
      return { durable: Promise.resolve(placements) }
    })
  }

  /** When it resolves, everything that was written before the call is reported as durable or failed. */
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

  /** Afterwards all written records are on disk, with any durability. */
  sync(): Promise<void> {
    return this.#turns.run(() => this.#syncAll())
  }

  /** Closes the current segment. */
  closeCurrent(): Promise<void> {
    return this.#turns.run(() => this.#closeCurrent())
  }

  /** Closes the current segment if all its records are settled. */
  closeIfEmpty(): Promise<void> {
    return this.#turns.run(async () => {
      const isEmpty = this.#open.file?.segment.unsettled === 0 && !this.awaitsSync
      if (isEmpty && this.hasRecords) await this.#closeCurrent()
    })
  }

  /** Stops: writes nothing more, and reports nothing more. */
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

  /** Single flight: of two concurrent syncs of a file only one would report that the disk failed. */
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

  /** In a turn. Afterwards all records that were written with durability `batch` are reported as durable or failed. */
  async #awaitAll(): Promise<void> {
    // A sync does not cover what was written after it began.
    await this.#syncing
    await this.#syncOnce()
    await this.#moveAwaited()
  }

  /** In a turn. After a failed sync the records are written again, to another segment. */
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
    // With durability `os` nothing is synced: what is written counts as synced.
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
    // A second sync of the same file may succeed although the system has discarded the pages.
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
      // The file is not used any more: unsynced records have to be written to another segment.
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

  /** After a failed sync: writes the unsynced records to another segment. If that fails, it is tried again after `syncIntervalMs`. */
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
