import type { Ledger } from './ledger.ts'
import type { Numbers } from './open-segment.ts'
import { encodeName, RECORD_HEADER_BYTES } from './record-format.ts'
import { SETTLED } from './record-index.ts'
import type { Segment, StoredRecord } from './segment.ts'
import { SegmentFile, type SequencedRecord, type WrittenRecord } from './segment-file.ts'
import type { SlotContext, SlotPlace } from './slot-context.ts'

/** A closed segment is rewritten if less than this part of its bytes is unsettled. */
const ALIVE_PART = 1 / 4
/** A segment is short if it is smaller than this part of `segmentBytes`. Short segments are rewritten only together with others. */
const SHORT_PART = 1 / 64
/** This number of short segments in a row is rewritten as one, even if all their records are unsettled. */
const MANY_SHORT = 16
/** Size of the records that are copied with one write. */
const COPIED_BYTES = 1024 * 1024
const NOTHING = new Uint8Array(0)

export function isWorthRewriting(segment: Segment, segmentBytes: number): boolean {
  const { unsettled, unsettledBytes, size, written } = segment
  if (!canLeave(segment) || unsettled === 0 || isShort(segment, segmentBytes)) return false
  // The number of records counts too: with small bodies, a segment that was just rewritten would be chosen again and again.
  return unsettledBytes + unsettled * RECORD_HEADER_BYTES < size * ALIVE_PART && unsettled * 2 <= written.records
}

/** The next segments to rewrite as one. They are neighbours, so that their records stay in order. */
export function runToRewrite(segments: readonly Segment[], segmentBytes: number): readonly Segment[] | undefined {
  const sparse = segments.find((segment) => isWorthRewriting(segment, segmentBytes))
  return sparse === undefined ? shortRun(segments, segmentBytes) : sparseRun(segments, sparse)
}

/**
 * The neighbours before a sparse segment are included as long as their unsettled bytes do not exceed those of the run, so that a destination
 * that fails for days does not leave thousands of small files.
 */
function sparseRun(segments: readonly Segment[], sparse: Segment): Segment[] {
  const run = [sparse]
  let bytes = sparse.unsettledBytes
  for (let before = segments.indexOf(sparse) - 1; before >= 0; before--) {
    const neighbour = segments[before] as Segment
    if (!canLeave(neighbour) || neighbour.unsettledBytes > bytes) break
    run.unshift(neighbour)
    bytes += neighbour.unsettledBytes
  }
  return run
}

/**
 * Each short-lived process leaves a short segment. A record is copied again after each 16 of them, until its segment is not short
 * any more.
 */
function shortRun(segments: readonly Segment[], segmentBytes: number): Segment[] | undefined {
  let run: Segment[] = []
  for (const segment of segments) {
    if (canLeave(segment) && isShort(segment, segmentBytes)) run.push(segment)
    else if (run.length >= MANY_SHORT) return run
    else run = []
  }
  return run.length >= MANY_SHORT ? run : undefined
}

function canLeave({ isClosed, isLeaving }: Segment): boolean {
  return isClosed && !isLeaving
}

function isShort({ size }: Segment, segmentBytes: number): boolean {
  return size < segmentBytes * SHORT_PART
}

interface Read {
  readonly from: Segment
  readonly row: number
  readonly record: SequencedRecord
}

interface Copied {
  readonly from: Segment
  readonly row: number
  readonly written: WrittenRecord
}

/** Copies the unsettled records of a run to a new segment that replaces the run. */
export async function rewriteSegments(
  context: SlotContext,
  place: SlotPlace,
  ledger: Ledger,
  numbers: Numbers,
  run: readonly Segment[],
): Promise<void> {
  const first = run[0] as Segment
  const number = numbers.nextSegment++
  const file = await SegmentFile.create(context, place, {
    number,
    firstSequence: first.firstSequence,
    isRewritten: true,
  })
  try {
    const copied = await copyAll(context, file, run)
    await file.sync()
    await place.checkOwner()
    await tellLedger(ledger, file.segment, run)
    finish(context, file, copied)
  } catch (error) {
    if (!ledger.isDoubtful) await context.files.remove(file.segment.path).catch(() => {})
    throw error
  } finally {
    await file.close().catch(() => {})
  }
}

/**
 * The first write says which segments are replaced; the second write, of one entry, makes the new segment valid. A crash can leave any
 * part of one write: a single write could leave the new segment beside some of the old ones, and their records twice.
 */
async function tellLedger(ledger: Ledger, { number, closedAt }: Segment, run: readonly Segment[]): Promise<void> {
  const replaced = run.map(({ number: segment, isDamaged }) => {
    return { kind: 'replaced', segment, by: number, isDamaged } as const
  })
  try {
    await ledger.add([...replaced, { kind: 'closed', segment: number, closedAt }])
    await ledger.add([{ kind: 'created', segment: number }])
  } catch (error) {
    // The ledger on disk may say that the old segments are replaced; then the new one must exist. Adding an entry rewrites the ledger.
    await ledger.add([{ kind: 'retired', segment: number }])
    throw error
  }
}

async function copyAll(context: SlotContext, file: SegmentFile, run: readonly Segment[]): Promise<Copied[]> {
  const copied: Copied[] = []
  let read: Read[] = []
  let bytes = 0
  const write = async () => {
    const written = await file.write(read.map(({ record }) => record))
    written.forEach((each, index) => {
      const { from, row } = read[index] as Read
      copied.push({ from, row, written: { ...each, record: { ...each.record, body: NOTHING } } })
    })
    read = []
    bytes = 0
  }
  for (const from of run) {
    for (let row = 0; row < from.index.size; row++) {
      if (from.index.state(row) === SETTLED) continue
      const stored = await from.read(row, context.openFiles)
      if (stored === undefined) {
        context.onDamaged(from, row)
        continue
      }
      read.push({ from, row, record: sequenced(stored) })
      bytes += stored.body.length
      if (bytes >= COPIED_BYTES) await write()
    }
  }
  if (read.length > 0) await write()
  return copied
}

function sequenced({ header, body }: StoredRecord): SequencedRecord {
  const { group, note, count, timeMs, sequence } = header
  return { group, note, name: encodeName(header), count, timeMs, sequence, body }
}

function finish(context: SlotContext, file: SegmentFile, copied: readonly Copied[]): void {
  const { segment } = file
  segment.isClosed = true
  context.onSegment(segment)
  for (const { from, row, written } of copied) {
    const { group, count, timeMs } = written.record
    const bodyBytes = from.index.bodyBytes(row)
    const state = from.index.state(row)
    // The record was settled while it was copied.
    const newRow = segment.add({ group, count, timeMs, ordinal: written.ordinal, bodyBytes }, written.offset, state)
    if (state === SETTLED) segment.settlements.add(written.ordinal, count, 'delivered')
    else {
      from.forget(row)
      context.onMoved(from, row, segment, newRow)
    }
  }
  segment.index.trim()
}
