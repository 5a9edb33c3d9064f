import { basename } from 'node:path'
import { GroupCommit } from './group-commit.ts'
import type { Ledger } from './ledger.ts'
import type { Numbers, Placement } from './open-segment.ts'
import { encodeName, LONGEST_NAME, NOTE_MARK } from './record-format.ts'
import { type RecoveredSlot, recoverSlot } from './recover-slot.ts'
import type { Segment } from './segment.ts'
import { type SequencedRecord, sizeOnDisk } from './segment-file.ts'
import { SegmentWriter } from './segment-writer.ts'
import type { SlotContext, SlotPlace } from './slot-context.ts'
import { LEDGER_NAME } from './slot-paths.ts'
import type { SpoolRecord } from './spool.ts'
import { Tidy } from './tidy.ts'

const MOST_COMMIT_BYTES = 8 * 1024 * 1024
const MOST_COMMIT_RECORDS = 4096
const WORTH_WRITING_BYTES = 64 * 1024

/**
 * The records of one slot. Writes to the newest segment run one after the other, and so does the work on closed segments; the two run
 * concurrently, so that an append does not wait for a rewrite. Both add to the ledger, which writes its entries in the order of the calls.
 */
export class SlotStore {
  readonly #context: SlotContext
  readonly #place: SlotPlace
  readonly #ledger: Ledger
  readonly #numbers: Numbers
  readonly #writer: SegmentWriter
  readonly #commit: GroupCommit<SequencedRecord, Placement>
  /** In the order of their sequences. */
  #segments: Segment[]
  readonly #tidy: Tidy

  private constructor(context: SlotContext, place: SlotPlace, recovered: RecoveredSlot) {
    this.#context = context
    this.#place = place
    this.#ledger = recovered.ledger
    this.#numbers = recovered.numbers
    this.#segments = [...recovered.segments]
    const own = { ...context, onSegment: (segment: Segment) => this.#addSegment(segment) }
    const { ledger, numbers } = recovered
    const parts = { context: own, place, ledger, numbers }
    this.#tidy = new Tidy({
      ...parts,
      segments: () => this.#segments,
      onRetired: (segments) => this.#retired(segments),
    })
    this.#writer = new SegmentWriter({ ...parts, onClosed: () => void this.#tidy.start() })
    this.#commit = new GroupCommit({
      mostBytes: Math.min(MOST_COMMIT_BYTES, context.segmentBytes),
      mostItems: MOST_COMMIT_RECORDS,
      worthWritingBytes: Math.min(WORTH_WRITING_BYTES, context.segmentBytes / 16),
      write: (records) => this.#writer.write(records),
      awaitsSync: () => this.#writer.awaitsSync,
      sync: () => this.#writer.syncAwaited(),
    })
  }

  /** Opens a slot that this process owns. */
  static async open(context: SlotContext, directory: string, checkOwner: () => Promise<void>): Promise<SlotStore> {
    const recovered = await recoverSlot(context, directory)
    const store = new SlotStore(context, { directory, spoolId: recovered.spoolId, checkOwner }, recovered)
    for (const segment of recovered.segments) context.onSegment(segment)
    void store.#tidy.start()
    return store
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0)
  }

  get unsettled(): number {
    return this.#segments.reduce((sum, { unsettled }) => sum + unsettled, 0)
  }

  /** The current segment has records: its file exists also when all of them are settled. */
  get hasOpenRecords(): boolean {
    return this.#writer.hasRecords
  }

  append(record: SpoolRecord): Promise<Placement> {
    const sequenced = this.#sequenced(record)
    return this.#commit.add(sequenced, sizeOnDisk(sequenced))
  }

  appendSync(record: SpoolRecord): Placement {
    return this.#writer.writeSync(this.#sequenced(record))
  }

  /** A record of the segment was settled. */
  tidyAfter(segment: Segment): void {
    this.#tidy.after(segment)
  }

  /** Closes the current segment if all its records are settled: an empty spool has no segment files. */
  closeIfEmpty(): Promise<void> {
    return this.#writer.closeIfEmpty()
  }

  async flush(): Promise<void> {
    await this.#commit.idle()
    await this.#writer.sync()
    await this.#writeSettlements()
  }

  /** Tries again to write settlements and to retire segments, after that failed. */
  async writeAgain(): Promise<void> {
    await this.#writeSettlements()
    await this.#tidy.start()
  }

  /** Reads every body. Copies the undamaged records of damaged segments, and moves these to quarantine. */
  async repair(): Promise<void> {
    await this.#writer.closeCurrent()
    await this.#tidy.repair()
  }

  /** Whether the ledger and all segments exist: somebody may have deleted or moved them, or mounted another file system over them. */
  async hasItsFiles(): Promise<boolean> {
    const names = new Set(await this.#context.files.list(this.#place.directory))
    const isThere = (path: string) => names.has(basename(path))
    const segments = this.#segments.filter(({ isLeaving }) => !isLeaving)
    return segments.every(({ path }) => isThere(path)) && (!this.#ledger.isOpen || names.has(LEDGER_NAME))
  }

  /** Afterwards no file of the slot is open. */
  async close(): Promise<void> {
    await this.#commit.idle()
    await this.#writer.closeCurrent().catch(() => {})
    await this.#writeSettlements()
    await this.#tidy.close()
    await this.#ledger.close().catch(() => {})
  }

  /** The slot is lost to another process, or was deleted: forgets its records without settling them. */
  async handOver(): Promise<void> {
    const left = this.#segments
    this.#segments = []
    for (const segment of left) {
      segment.handOver()
      this.#context.onSegmentGone(segment)
    }
    for (const { path, settledPath } of left) {
      // Other files may get these names.
      await this.#context.openFiles.close(path)
      await this.#context.openFiles.close(settledPath)
    }
    await this.#writer.letGo()
    await this.#ledger.close().catch(() => {})
  }

  async #writeSettlements(): Promise<void> {
    await Promise.all(this.#segments.map(({ settlements }) => settlements.flush()))
  }

  #sequenced(record: SpoolRecord): SequencedRecord {
    const name = encodeName(record)
    if (name.length > LONGEST_NAME) throw new RangeError(`a group and its note have at most ${LONGEST_NAME} bytes`)
    if (record.group.includes(NOTE_MARK)) throw new RangeError('a group has no zero byte')
    return { ...record, name, sequence: this.#numbers.nextSequence++ }
  }

  #addSegment(segment: Segment): void {
    this.#segments.push(segment)
    this.#segments.sort((a, b) => a.firstSequence - b.firstSequence || a.number - b.number)
    this.#context.onSegment(segment)
  }

  #retired(segments: ReadonlySet<Segment>): void {
    this.#segments = this.#segments.filter((segment) => !segments.has(segment))
    for (const segment of segments) this.#context.onSegmentGone(segment)
    this.#context.onRoom()
  }
}
