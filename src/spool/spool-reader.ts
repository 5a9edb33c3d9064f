import { isGone, type SpoolFile, type SpoolFiles } from './files.ts'
import { Ledger } from './ledger.ts'
import { isOfNewerRelease } from './newer-release.ts'
import { bootId, nodeFiles } from './node-files.ts'
import { nodeOwnerSockets, type OwnerSockets } from './owner-sockets.ts'
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './record-format.ts'
import { type FoundRecord, scanSegment } from './scan-segment.ts'
import { Settlements } from './settlements.ts'
import { ledgerPath, quarantinePath, SEGMENT_NAME, segmentPath, settledPath } from './slot-paths.ts'
import { Slots } from './slots.ts'
import type { SpoolRecord, Tally } from './spool.ts'

export interface SlotReport {
  readonly slot: number
  readonly owner: 'alive' | 'none' | 'unknown'
  readonly segments: number
  readonly bytes: number
  readonly quarantined: number
  readonly unsettled: Tally
  /** Damaged or missing records. Damaged bodies are found only with `checksBodies`. */
  readonly lost: Tally
  /** Segments that contain bytes that are not records. */
  readonly damagedSegments: number
  /** A newer release wrote the slot: only its size is known. */
  readonly isNewer: boolean
}

export interface SpoolReaderOptions {
  readonly directory: string
  readonly files?: SpoolFiles
  readonly sockets?: OwnerSockets
}

/** Reads a spool without changing it, also while other processes write to it. Their concurrent changes may be seen or not. */
export class SpoolReader {
  readonly #files: SpoolFiles
  readonly #slots: Slots

  constructor({ directory, files = nodeFiles, sockets = nodeOwnerSockets }: SpoolReaderOptions) {
    this.#files = files
    this.#slots = new Slots({ files, sockets, boot: bootId() }, directory)
  }

  slots(): Promise<number[]> {
    return this.#slots.list()
  }

  /** Whether the slot has a living owner; `unknown` if the socket of the owner cannot be reached. */
  async owner(slot: number): Promise<SlotReport['owner']> {
    return (await this.#slots.state(slot)).owner
  }

  /** Reads the record headers or, with `checksBodies`, everything. Calls `onRecord` for each unsettled record. */
  async report(
    slot: number,
    options: { readonly checksBodies: boolean; readonly onRecord?: (record: FoundRecord) => void },
  ): Promise<SlotReport> {
    const directory = this.#slots.path(slot)
    const [unsettled, lost] = [
      { records: 0, counts: 0 },
      { records: 0, counts: 0 },
    ]
    let [bytes, segments, damagedSegments] = [0, 0, 0]
    const owner = await this.owner(slot)
    const isNewer = await this.isNewer(slot)
    const ledger = await this.#ledgerOf(directory)
    for (const number of await this.#segmentsOf(directory)) {
      const found = await this.#withSegment(directory, number, async (file, settled, spoolId, header) => {
        const size = await file.size()
        bytes += size
        segments++
        if (isNewer) return undefined
        const scan = await scanSegment(file, {
          spoolId,
          segment: number,
          checksBodies: options.checksBodies || ledger?.closedAt(number) === undefined,
          closedAt: ledger?.closedAt(number),
          onRecord: (record) => {
            if (settled.has(record.header.ordinal)) return
            unsettled.records++
            unsettled.counts += record.header.count
            options.onRecord?.(record)
          },
        })
        if (scan.isDamaged || (header === undefined && size > SEGMENT_HEADER_BYTES)) damagedSegments++
        return { scan, settled }
      })
      for (const gap of found?.scan.gaps ?? []) {
        if (gap.isTorn) continue
        for (let ordinal = gap.firstOrdinal; ordinal < gap.firstOrdinal + gap.records; ordinal++) {
          if (!found?.settled.has(ordinal)) lost.records++
        }
        lost.counts += gap.counts
      }
    }
    const quarantined = (await this.#files.list(quarantinePath(directory))).length
    return { slot, owner, segments, bytes, quarantined, unsettled, lost, damagedSegments, isNewer }
  }

  /** Whether a newer release wrote the slot. */
  isNewer(slot: number): Promise<boolean> {
    return isOfNewerRelease(this.#files, this.#slots.path(slot))
  }

  /** The unsettled records, oldest first, without damaged ones. */
  async *records(slot: number): AsyncGenerator<SpoolRecord> {
    const directory = this.#slots.path(slot)
    const ledger = await this.#ledgerOf(directory)
    for (const number of await this.#segmentsOf(directory)) {
      const found: FoundRecord[] = []
      const path = segmentPath(directory, number)
      await this.#withSegment(directory, number, async (file, settled, spoolId) => {
        await scanSegment(file, {
          spoolId,
          segment: number,
          checksBodies: true,
          closedAt: ledger?.closedAt(number),
          onRecord: (record) => {
            if (!settled.has(record.header.ordinal)) found.push(record)
          },
        })
      })
      if (found.length === 0) continue
      const file = await this.#files.open(path)
      try {
        for (const { header, offset } of found) {
          const body = Buffer.alloc(header.bodyBytes)
          await file.read(body, offset + header.headerBytes)
          yield { group: header.group, count: header.count, timeMs: header.timeMs, body }
        }
      } finally {
        await file.close()
      }
    }
  }

  async #segmentsOf(directory: string): Promise<number[]> {
    const names = await this.#files.list(directory)
    return names.flatMap((name) => Number.parseInt(SEGMENT_NAME.exec(name)?.[1] ?? '', 16) || []).sort((a, b) => a - b)
  }

  async #ledgerOf(directory: string): Promise<Ledger | undefined> {
    const found = await Ledger.peek(this.#files, ledgerPath(directory))
    return found && Ledger.read(this.#files, ledgerPath(directory), found.spoolId)
  }

  /** Undefined if the segment was retired meanwhile. */
  async #withSegment<T>(
    directory: string,
    number: number,
    work: (
      file: SpoolFile,
      settled: ReadonlySet<number>,
      spoolId: bigint,
      header: SegmentHeader | undefined,
    ) => Promise<T>,
  ): Promise<T | undefined> {
    let file: SpoolFile
    try {
      file = await this.#files.open(segmentPath(directory, number))
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
    try {
      const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES)
      await file.read(bytes, 0)
      const header = decodeSegmentHeader(bytes)
      const known = header?.spoolId ?? (await Ledger.peek(this.#files, ledgerPath(directory)))?.spoolId
      const spoolId = known ?? 0n
      const settlements = new Settlements({ files: this.#files }, settledPath(directory, number), spoolId, number)
      const settled = new Set((await settlements.load()).map(({ ordinal }) => ordinal))
      return await work(file, settled, spoolId, header)
    } finally {
      await file.close()
    }
  }
}
