import { isGone } from './files.ts'
import { GroupCommit } from './group-commit.ts'
import type { Ledger } from './ledger.ts'
import { LONGEST_GROUP } from './record-format.ts'
import { SETTLED } from './record-index.ts'
import { moveToQuarantine, type RecoveredSlot, recoverSlot } from './recover-slot.ts'
import { isWorthRewriting, rewriteSegments, runToRewrite } from './rewrite.ts'
import type { Segment } from './segment.ts'
import type { SequencedRecord } from './segment-file.ts'
import { type Numbers, type Placement, SegmentWriter, sizeOnDisk } from './segment-writer.ts'
import type { SlotContext, SlotPlace } from './slot-context.ts'
import type { SpoolRecord } from './spool.ts'

const MOST_COMMIT_BYTES = 8 * 1024 * 1024
const MOST_COMMIT_RECORDS = 4096

/** The records of one slot. Everything that writes runs one after the other, in `#inOrder`. */
export class SlotStore {
  readonly #context: SlotContext
  readonly #own: SlotContext
  readonly #place: SlotPlace
  readonly #ledger: Ledger
  readonly #numbers: Numbers
  readonly #writer: SegmentWriter
  readonly #commit: GroupCommit<SequencedRecord, Placement>
  /** In the order of their sequences. */
  #segments: Segment[]
  #tail: Promise<unknown> = Promise.resolve()
  #isTidyDue = false
  #isTidying = false

  private constructor(context: SlotContext, place: SlotPlace, recovered: RecoveredSlot) {
    this.#context = context
    this.#place = place
    this.#ledger = recovered.ledger
    this.#numbers = recovered.numbers
    this.#segments = [...recovered.segments]
    this.#own = { ...context, onSegment: (segment) => this.#addSegment(segment) }
    this.#writer = new SegmentWriter(
      this.#own,
      place,
      recovered.ledger,
      recovered.numbers,
      () => void this.#inOrder(() => this.#writer.sync()).catch(() => {}),
      () => this.tidy(),
    )
    const mostBytes = Math.min(MOST_COMMIT_BYTES, context.segmentBytes)
    this.#commit = new GroupCommit(mostBytes, MOST_COMMIT_RECORDS, (records) =>
      this.#inOrder(() => this.#writer.write(records)),
    )
  }

  /** A slot that this process owns. */
  static async open(context: SlotContext, directory: string, checkOwner: () => Promise<void>): Promise<SlotStore> {
    const recovered = await recoverSlot(context, directory)
    const store = new SlotStore(context, { directory, spoolId: recovered.spoolId, checkOwner }, recovered)
    for (const segment of recovered.segments) context.onSegment(segment)
    store.tidy()
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

  /** The segment that is written to has records: it stays a file even when all are settled. */
  get hasOpenRecords(): boolean {
    return (this.#writer.current?.written.records ?? 0) > 0
  }

  append(record: SpoolRecord): Promise<Placement> {
    const sequenced = this.#sequenced(record)
    return this.#commit.add(sequenced, sizeOnDisk(record.body.length, sequenced.groupBytes.length))
  }

  appendSync(record: SpoolRecord): Placement {
    return this.#writer.writeSync(this.#sequenced(record))
  }

  /** A record of it was settled. */
  tidyAfter(segment: Segment): void {
    if (segment.isClosed && (segment.unsettled === 0 || isWorthRewriting(segment, this.#context.segmentBytes)))
      this.tidy()
  }

  /** Retires what is settled and rewrites what nearly is, in the background. What fails is tried again the next time. */
  tidy(): void {
    this.#isTidyDue = true
    if (this.#isTidying) return
    this.#isTidying = true
    void this.#tidyWhileDue()
  }

  /** The segment that is written to is closed if nothing in it is unsettled: an empty spool leaves no files. */
  closeIfEmpty(): Promise<void> {
    return this.#inOrder(async () => {
      const current = this.#writer.current
      if (current !== undefined && current.unsettled === 0 && current.written.records > 0) {
        await this.#writer.closeCurrent()
      }
    })
  }

  async flush(): Promise<void> {
    await this.#commit.idle()
    await this.#inOrder(() => this.#writer.sync())
    await Promise.all(this.#segments.map(({ settlements }) => settlements.flush()))
  }

  /** Reads every body; what is whole in a segment that holds damage is copied, and the segment goes to quarantine. */
  async repair(): Promise<void> {
    await this.#inOrder(() => this.#writer.closeCurrent())
    await this.#inOrder(async () => {
      for (const segment of this.#segments) await this.#checkBodies(segment)
      for (const segment of this.#segments.filter(({ isDamaged, unsettled }) => isDamaged && unsettled > 0)) {
        await rewriteSegments(this.#own, this.#place, this.#ledger, this.#numbers, [segment])
        await this.#retire(segment)
      }
      await this.#tidyUp()
    })
  }

  async #checkBodies(segment: Segment): Promise<void> {
    for (let row = 0; row < segment.index.size; row++) {
      if (segment.index.state(row) === SETTLED) continue
      if ((await segment.read(row, this.#context.openFiles)) === undefined) segment.settle(row, 'damaged')
    }
  }

  /** Afterwards nothing of the slot is open. */
  async close(): Promise<void> {
    await this.#commit.idle()
    await this.#inOrder(() => this.#writer.closeCurrent()).catch(() => {})
    await Promise.all(this.#segments.map(({ settlements }) => settlements.flush()))
    await this.#inOrder(() => this.#tidyUp()).catch(() => {})
    await this.#inOrder(() => this.#ledger.close()).catch(() => {})
  }

  /** The slot is somebody else's: what it holds is theirs to send. */
  handOver(): void {
    for (const segment of this.#segments) {
      segment.handOver()
      this.#context.onSegmentGone(segment)
    }
    this.#segments = []
  }

  #sequenced(record: SpoolRecord): SequencedRecord {
    const groupBytes = Buffer.from(record.group)
    if (groupBytes.length > LONGEST_GROUP) throw new RangeError(`a group has at most ${LONGEST_GROUP} bytes`)
    return { ...record, groupBytes, sequence: this.#numbers.nextSequence++ }
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => {})
    return result
  }

  #addSegment(segment: Segment): void {
    this.#segments.push(segment)
    this.#segments.sort((a, b) => a.firstSequence - b.firstSequence || a.number - b.number)
    this.#context.onSegment(segment)
  }

  async #tidyWhileDue(): Promise<void> {
    while (this.#isTidyDue) {
      this.#isTidyDue = false
      await this.#inOrder(() => this.#tidyUp()).catch(() => {})
    }
    this.#isTidying = false
  }

  async #tidyUp(): Promise<void> {
    for (const segment of this.#segments.filter(({ isClosed, unsettled }) => isClosed && unsettled === 0)) {
      await this.#retire(segment)
    }
    for (;;) {
      const sparse = this.#segments.find((segment) => isWorthRewriting(segment, this.#context.segmentBytes))
      if (sparse === undefined) return
      const run = runToRewrite(this.#segments, sparse)
      await rewriteSegments(this.#own, this.#place, this.#ledger, this.#numbers, run)
      for (const segment of run) await this.#retire(segment)
    }
  }

  async #retire(segment: Segment): Promise<void> {
    segment.isLeaving = true
    await this.#place.checkOwner()
    await segment.settlements.flush()
    await this.#context.openFiles.close(segment.path)
    await this.#context.openFiles.close(segment.settledPath)
    if (segment.isDamaged) await this.#toQuarantine(segment)
    if (!this.#ledger.isRetired(segment.number)) await this.#ledger.add([{ kind: 'retired', segment: segment.number }])
    await this.#context.files.remove(segment.path)
    await this.#context.files.remove(segment.settledPath)
    this.#segments = this.#segments.filter((each) => each !== segment)
    this.#context.onSegmentGone(segment)
    this.#context.onRoom()
  }

  /** Its settlements are in the ledger's word that it is retired: they are not needed beside it. */
  async #toQuarantine(segment: Segment): Promise<void> {
    try {
      await moveToQuarantine(this.#context, this.#place.directory, segment.path)
      this.#context.tallies.quarantined++
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
}
