import { crc32 } from 'node:zlib'
import type { SpoolFile } from './files.ts'
import type { OpenFiles } from './open-files.ts'
import { claimedHeaderBytes, decodeRecordHeader, RECORD_HEADER_BYTES, type RecordHeader } from './record-format.ts'
import { RecordIndex, SETTLED } from './record-index.ts'
import type { ClosedAt } from './scan-segment.ts'
import type { Settlements } from './settlements.ts'
import type { Verdict } from './spool.ts'
import { addTo, type Tallies } from './tallies.ts'

export interface SegmentIdentity {
  readonly number: number
  readonly firstSequence: number
  readonly path: string
  readonly settledPath: string
}

export interface StoredRecord {
  readonly header: RecordHeader
  readonly body: Buffer
}

/** What is kept in memory about a segment: where its records are, and which are settled. */
export class Segment {
  readonly number: number
  readonly firstSequence: number
  readonly path: string
  readonly settledPath: string
  readonly index = new RecordIndex()
  readonly settlements: Settlements
  /** Size of the file in bytes, including the header. */
  size = 0
  /** All records that were written, also damaged and settled ones. */
  readonly written: { records: number; counts: number } = { records: 0, counts: 0 }
  isClosed = false
  /** The segment contains damage: it is moved to quarantine instead of being removed. */
  isDamaged = false
  /** The segment is being retired: it is not rewritten any more. */
  isLeaving = false
  /** The upper part of the ids of its records. {@link RecordIds} sets it. */
  handle = 0
  #unsettled = 0
  #unsettledBytes = 0
  readonly #tallies: Tallies

  constructor(identity: SegmentIdentity, settlements: Settlements, tallies: Tallies) {
    this.number = identity.number
    this.firstSequence = identity.firstSequence
    this.path = identity.path
    this.settledPath = identity.settledPath
    this.settlements = settlements
    this.#tallies = tallies
  }

  get unsettled(): number {
    return this.#unsettled
  }

  get unsettledBytes(): number {
    return this.#unsettledBytes
  }

  get closedAt(): ClosedAt {
    return { records: this.written.records, counts: this.written.counts }
  }

  /** Adds a record that is on disk. Returns its row. */
  add(
    header: Pick<RecordHeader, 'group' | 'count' | 'bodyBytes' | 'ordinal' | 'timeMs'>,
    offset: number,
    state: number,
  ) {
    const { group, count, bodyBytes, ordinal } = header
    if (state !== SETTLED) {
      this.#unsettled++
      this.#unsettledBytes += bodyBytes
    }
    const number = state === SETTLED ? 0xfffffffe : this.#tallies.add(group, count, bodyBytes)
    const timeSeconds = Math.min(Math.max(Math.floor(header.timeMs / 1000), 0), 0xffffffff)
    return this.index.add({ offset, bodyBytes, count, group: number, ordinal, timeSeconds }, state)
  }

  /** Returns false if the record was settled before. */
  settle(row: number, verdict: Verdict): boolean {
    const { index } = this
    if (index.state(row) === SETTLED) return false
    this.forget(row)
    const count = index.count(row)
    this.settlements.add(index.ordinal(row), count, verdict)
    if (verdict === 'damaged') this.isDamaged = true
    addTo(verdict === 'damaged' ? this.#tallies.lost : this.#tallies.settled, 1, count)
    return true
  }

  /** The slot is lost to another process: removes all unsettled records without settling them. */
  handOver(): void {
    for (let row = 0; row < this.index.size; row++) {
      if (this.index.state(row) === SETTLED) continue
      addTo(this.#tallies.handedOver, 1, this.index.count(row))
      this.forget(row)
    }
  }

  /** Removes an unsettled record without settling it, for example because it was moved to another segment. */
  forget(row: number): void {
    const { index } = this
    const bodyBytes = index.bodyBytes(row)
    index.setState(row, SETTLED)
    this.#unsettled--
    this.#unsettledBytes -= bodyBytes
    this.#tallies.remove(index.group(row), index.count(row), bodyBytes)
  }

  /** Undefined if the record on disk is damaged. */
  async read(row: number, openFiles: OpenFiles): Promise<StoredRecord | undefined> {
    return openFiles.use(this.path, (file) => this.#readFrom(file, row))
  }

  async #readFrom(file: SpoolFile, row: number): Promise<StoredRecord | undefined> {
    const offset = this.index.offset(row)
    const bodyBytes = this.index.bodyBytes(row)
    // The index does not have the length of the group. With 448 bytes more than the fixed part, most headers need one read.
    const guess = Buffer.allocUnsafe(RECORD_HEADER_BYTES + 448 + bodyBytes)
    let bytes = guess.subarray(0, await file.read(guess, offset))
    const headerBytes = claimedHeaderBytes(bytes)
    if (headerBytes === undefined) return undefined
    if (headerBytes + bodyBytes > bytes.length) {
      const whole = Buffer.allocUnsafe(headerBytes + bodyBytes)
      bytes = whole.subarray(0, await file.read(whole, offset))
    }
    const header = decodeRecordHeader(bytes.subarray(0, headerBytes))
    const body = bytes.subarray(headerBytes, headerBytes + bodyBytes)
    const isWhole =
      header?.ordinal === this.index.ordinal(row) && body.length === bodyBytes && crc32(body) === header.bodyChecksum
    return isWhole ? { header, body } : undefined
  }
}
