import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isDiskFull, type SpoolFile } from './files.ts'
import { Ledger, type LedgerEntry } from './ledger.ts'
import type { Numbers } from './open-segment.ts'
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './record-format.ts'
import { SETTLED, WAITING } from './record-index.ts'
import { type Gap, type Scan, scanSegment } from './scan-segment.ts'
import { Segment } from './segment.ts'
import { type Settlement, Settlements } from './settlements.ts'
import type { SlotContext } from './slot-context.ts'
import {
  ledgerPath,
  quarantinePath,
  RETIRED_NAME,
  retiredPath,
  SEGMENT_NAME,
  SETTLED_NAME,
  segmentPath,
  settledPath,
} from './slot-paths.ts'
import { addTo } from './tallies.ts'

export interface RecoveredSlot {
  readonly spoolId: bigint
  readonly ledger: Ledger
  readonly segments: readonly Segment[]
  readonly numbers: Numbers
}

interface FoundFile {
  readonly number: number
  readonly path: string
  readonly header: SegmentHeader | undefined
}

/** Reads a slot that this process owns now (docs/spool-format.md, "Opening"). Never fails because of the content of the files. */
export async function recoverSlot(context: SlotContext, directory: string): Promise<RecoveredSlot> {
  return new Recovery(context, directory).run()
}

class Recovery {
  readonly #context: SlotContext
  readonly #directory: string
  readonly #segments: Segment[] = []
  #spoolId = 0n
  #nextSequence = 0

  constructor(context: SlotContext, directory: string) {
    this.#context = context
    this.#directory = directory
  }

  async run(): Promise<RecoveredSlot> {
    try {
      return await this.#recoverAll()
    } catch (error) {
      await this.#undo()
      throw error
    }
  }

  async #recoverAll(): Promise<RecoveredSlot> {
    const names = (await this.#context.files.list(this.#directory)).sort()
    const found = await this.#segmentFiles(names)
    this.#spoolId = await this.#findSpoolId(found)
    const ledger = await Ledger.open(
      this.#context.files,
      ledgerPath(this.#directory),
      this.#directory,
      this.#spoolId,
      (path) => this.#quarantine(path),
    )
    const retired = await this.#noteRetired(names, ledger)
    const present = await this.#chosen(found, ledger)
    for (const file of present) await this.#recover(file, ledger)
    await this.#countMissing(new Set([...present.map(({ number }) => number), ...retired]), ledger)
    await this.#removeLeftSettlements(names, ledger)
    const segments = this.#segments.sort((a, b) => a.firstSequence - b.firstSequence || a.number - b.number)
    const nextSegment = Math.max(0, ledger.highestSegment, ...found.map(({ number }) => number), ...retired) + 1
    return { spoolId: this.#spoolId, ledger, segments, numbers: { nextSegment, nextSequence: this.#nextSequence } }
  }

  /** After the disk failed: the next attempt finds the same records, which must not be counted twice. */
  async #undo(): Promise<void> {
    const { tallies, openFiles } = this.#context
    for (const segment of this.#segments) {
      for (let row = 0; row < segment.index.size; row++) {
        if (segment.index.state(row) === SETTLED) continue
        addTo(tallies.recovered, -1, -segment.index.count(row))
        segment.forget(row)
      }
      await openFiles.close(segment.path)
      await openFiles.close(segment.settledPath)
    }
  }

  async #segmentFiles(names: readonly string[]): Promise<FoundFile[]> {
    const found: FoundFile[] = []
    for (const name of names) {
      const match = SEGMENT_NAME.exec(name)
      if (match === null) continue
      const path = join(this.#directory, name)
      const header = await this.#headerOf(path)
      found.push({ number: header?.number ?? Number.parseInt(match[1] as string, 16), path, header })
    }
    return found
  }

  async #headerOf(path: string): Promise<SegmentHeader | undefined> {
    return this.#context.openFiles.use(path, async (file) => {
      const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES)
      const count = await file.read(bytes, 0)
      return count === bytes.length ? decodeSegmentHeader(bytes) : undefined
    })
  }

  async #findSpoolId(found: readonly FoundFile[]): Promise<bigint> {
    const ledger = await Ledger.peek(this.#context.files, ledgerPath(this.#directory))
    if (ledger !== undefined) return ledger.spoolId
    const known = found.find(({ header }) => header !== undefined)?.header
    return known?.spoolId ?? randomBytes(8).readBigUInt64LE()
  }

  /** Segments whose name says that they are retired, and the ledger does not. On a full disk the name stays. */
  async #noteRetired(names: readonly string[], ledger: Ledger): Promise<readonly number[]> {
    const numbers = numbersOf(names, RETIRED_NAME)
    const unknown = numbers.filter((number) => !ledger.isRetired(number))
    try {
      await ledger.add(unknown.map((segment) => ({ kind: 'retired', segment })))
      for (const number of numbers) await this.#context.files.remove(retiredPath(this.#directory, number))
    } catch (error) {
      if (!isDiskFull(error)) throw error
    }
    return numbers
  }

  /** Chooses one file for each segment number. Files of another spool are ignored. */
  async #chosen(found: readonly FoundFile[], ledger: Ledger): Promise<FoundFile[]> {
    const chosen = new Map<number, FoundFile>()
    const ours = found.filter(({ header }) => header === undefined || header.spoolId === this.#spoolId)
    // First the files whose name and header agree, then those with a valid header, then those without.
    const rank = ({ header, path, number }: FoundFile) =>
      header === undefined ? 2 : path === segmentPath(this.#directory, number) ? 0 : 1
    for (const file of ours.sort((a, b) => rank(a) - rank(b))) {
      if (ledger.isForQuarantine(file.number)) {
        await this.#quarantine(file.path)
      } else if (ledger.isRetired(file.number)) {
        await this.#context.files.remove(file.path)
      } else if (isUnfinished(file, ours, ledger)) {
        await this.#context.files.remove(file.path)
        await ledger.add([{ kind: 'retired', segment: file.number }]).catch(() => {})
      } else if (chosen.has(file.number)) {
        await this.#quarantine(file.path)
      } else {
        chosen.set(file.number, file)
      }
    }
    return [...chosen.values()].sort((a, b) => a.number - b.number)
  }

  async #quarantine(path: string): Promise<void> {
    await moveToQuarantine(this.#context, this.#directory, path)
    this.#context.tallies.quarantined++
  }

  async #recover(found: FoundFile, ledger: Ledger): Promise<void> {
    const paths = { path: found.path, settledPath: settledPath(this.#directory, found.number) }
    const settlements = new Settlements(this.#context, paths.settledPath, this.#spoolId, found.number)
    const settled = new Map((await settlements.load()).map((settlement) => [settlement.ordinal, settlement]))
    const firstSequence = found.header?.firstSequence ?? this.#nextSequence
    const segment = new Segment({ number: found.number, firstSequence, ...paths }, settlements, this.#context.tallies)
    this.#segments.push(segment)
    const scan = await this.#scan(segment, settled, ledger)
    segment.isClosed = true
    // Without a valid header the content may be anything: the file must not be removed.
    segment.isDamaged = scan.isDamaged || (found.header === undefined && segment.size > SEGMENT_HEADER_BYTES)
    segment.index.trim()
    Object.assign(segment.written, { records: scan.records, counts: scan.counts })
    this.#countLost(scan.gaps, settled, settlements)
    await this.#close(segment, ledger)
    this.#nextSequence = Math.max(this.#nextSequence, firstSequence)
  }

  #scan(segment: Segment, settled: ReadonlyMap<number, Settlement>, ledger: Ledger): Promise<Scan> {
    const { tallies, openFiles, onNote } = this.#context
    const closedAt = ledger.closedAt(segment.number)
    const scan = async (file: SpoolFile) => {
      segment.size = await file.size()
      return scanSegment(file, {
        spoolId: this.#spoolId,
        segment: segment.number,
        checksBodies: closedAt === undefined,
        closedAt,
        onRecord: ({ header, offset }) => {
          const isSettled = settled.has(header.ordinal)
          segment.add(header, offset, isSettled ? SETTLED : WAITING)
          if (!isSettled) addTo(tallies.recovered, 1, header.count)
          if (!isSettled && header.note !== '') onNote(header.note)
          this.#nextSequence = Math.max(this.#nextSequence, header.sequence + 1)
        },
      })
    }
    return openFiles.use(segment.path, scan)
  }

  /**
   * Records that are missing and were not settled are lost. They are settled as damaged, so that the next opening does not report them
   * again. Only the sum of the counts of a gap is known: its first record gets all of it. Records of a torn write are settled and not lost.
   */
  #countLost(gaps: readonly Gap[], settled: ReadonlyMap<number, Settlement>, settlements: Settlements): void {
    for (const { firstOrdinal, records, counts, isTorn } of gaps) {
      const ordinals = Array.from({ length: records }, (_, index) => firstOrdinal + index)
      const lost = ordinals.filter((ordinal) => !settled.has(ordinal))
      if (lost.length === 0) continue
      const settledCounts = ordinals.reduce((sum, ordinal) => sum + (settled.get(ordinal)?.count ?? 0), 0)
      const lostCounts = isTorn ? 0 : Math.max(0, counts - settledCounts)
      lost.forEach((ordinal, index) => {
        settlements.add(ordinal, index === 0 ? Math.min(lostCounts, 0xffffffff) : 0, 'damaged')
      })
      if (isTorn) continue
      addTo(this.#context.tallies.recovered, lost.length, lostCounts)
      addTo(this.#context.tallies.lost, lost.length, lostCounts)
    }
  }

  /** Writes the length of the segment to the ledger. The segment is synced first, so that a power failure cannot make it shorter. */
  async #close(segment: Segment, ledger: Ledger): Promise<void> {
    if (ledger.closedAt(segment.number) !== undefined) return
    const { number: segmentNumber, closedAt } = segment
    const entries: LedgerEntry[] = [
      { kind: 'created', segment: segmentNumber },
      { kind: 'closed', segment: segmentNumber, closedAt },
    ]
    // If the disk is full, the next opening reads the whole segment again.
    await this.#context.openFiles
      .use(segment.path, (file) => file.sync())
      .then(() => ledger.add(entries))
      .catch(() => {})
  }

  /** The unsettled records of segments that the ledger has and that do not exist are lost. */
  async #countMissing(present: ReadonlySet<number>, ledger: Ledger): Promise<void> {
    for (const number of ledger.existing) {
      if (present.has(number)) continue
      const path = settledPath(this.#directory, number)
      const settlements = new Settlements(this.#context, path, this.#spoolId, number)
      const settled = new Map((await settlements.load()).map((settlement) => [settlement.ordinal, settlement]))
      const gap = { firstOrdinal: 0, isTorn: false, ...(ledger.closedAt(number) ?? { records: 0, counts: 0 }) }
      this.#countLost([gap], settled, settlements)
      await settlements.flush()
      await ledger.add([{ kind: 'retired', segment: number }]).catch(() => {})
    }
  }

  async #removeLeftSettlements(names: readonly string[], ledger: Ledger): Promise<void> {
    for (const number of numbersOf(names, SETTLED_NAME)) {
      if (ledger.isRetired(number)) await this.#context.files.remove(settledPath(this.#directory, number))
    }
  }
}

function numbersOf(names: readonly string[], pattern: RegExp): number[] {
  return names.flatMap((name) => {
    const match = pattern.exec(name)
    return match === null ? [] : [Number.parseInt(match[1] as string, 16)]
  })
}

/**
 * Whether a rewrite did not finish: the ledger does not have the new segment, and the first of the old segments exists. If that one does
 * not exist, the rewrite had finished and the ledger is damaged.
 */
function isUnfinished({ header, number }: FoundFile, all: readonly FoundFile[], ledger: Ledger): boolean {
  if (header?.isRewritten !== true || ledger.isCreated(number)) return false
  return all.some((other) => {
    const isFirst = other.header?.firstSequence === header.firstSequence && other.number !== number
    return isFirst && !ledger.isRetired(other.number)
  })
}

/** Keeps a damaged file for a person to look at. Never replaces a file in quarantine. */
export async function moveToQuarantine(
  { files }: Pick<SlotContext, 'files'>,
  directory: string,
  path: string,
): Promise<void> {
  const quarantine = quarantinePath(directory)
  await files.makeDirectory(quarantine)
  const name = path.slice(directory.length + 1)
  const taken = new Set(await files.list(quarantine))
  let free = name
  for (let attempt = 1; taken.has(free); attempt++) free = `${name}.${attempt}`
  await files.rename(path, join(quarantine, free))
}
