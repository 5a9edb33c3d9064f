import type { Ledger } from './ledger.ts'
import { RECORD_HEADER_BYTES } from './record-format.ts'
import { SETTLED } from './record-index.ts'
import type { Segment } from './segment.ts'
import { SegmentFile, type SequencedRecord, type WrittenRecord } from './segment-file.ts'
import type { Numbers } from './segment-writer.ts'
import type { SlotContext, SlotPlace } from './slot-context.ts'

/** Below this part of its bytes a closed segment is worth rewriting. */
const ALIVE_PART = 1 / 4
/** Of the length of a segment: shorter ones are rewritten only along with others. */
const LEAST_PART = 1 / 64

export function isWorthRewriting(segment: Segment, segmentBytes: number): boolean {
  const { isClosed, isLeaving, unsettled, unsettledBytes, size, written } = segment
  if (!isClosed || isLeaving || unsettled === 0 || size < segmentBytes * LEAST_PART) return false
  // Also by records: where headers outweigh bodies, a segment that was just rewritten would look sparse for ever.
  return unsettledBytes + unsettled * RECORD_HEADER_BYTES < size * ALIVE_PART && unsettled * 2 <= written.records
}

/**
 * The segments to be rewritten as one: neighbours go along as long as they are no longer than what is copied anyway, so
 * that a destination that is stuck for days does not leave thousands of short files.
 */
export function runToRewrite(segments: readonly Segment[], sparse: Segment): Segment[] {
  const at = segments.indexOf(sparse)
  const run = [sparse]
  let bytes = sparse.unsettledBytes
  for (let before = at - 1; before >= 0; before--) {
    const neighbour = segments[before] as Segment
    if (!neighbour.isClosed || neighbour.isLeaving || neighbour.unsettledBytes > bytes) break
    run.unshift(neighbour)
    bytes += neighbour.unsettledBytes
  }
  return run
}

interface Copied {
  readonly from: Segment
  readonly row: number
  readonly written: WrittenRecord
}

/** Copies what is unsettled to a new segment that takes the place of the old ones. */
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
    await ledger
      .add([
        { kind: 'created', segment: number },
        { kind: 'closed', segment: number, closedAt: file.segment.closedAt },
        // One that held damage goes to quarantine, and is retired there.
        ...run.filter((old) => !old.isDamaged).map((old) => ({ kind: 'retired', segment: old.number }) as const),
      ])
      .catch(async (error) => {
        // The ledger may say on disk that the old ones are retired: then the new one must be there.
        await ledger.repair()
        throw error
      })
    finish(context, file, copied)
  } catch (error) {
    if (!ledger.isDoubtful) await context.files.remove(file.segment.path).catch(() => {})
    throw error
  } finally {
    await file.close().catch(() => {})
  }
}

async function copyAll(context: SlotContext, file: SegmentFile, run: readonly Segment[]): Promise<Copied[]> {
  const copied: Copied[] = []
  for (const from of run) {
    for (let row = 0; row < from.index.size; row++) {
      if (from.index.state(row) === SETTLED) continue
      const stored = await from.read(row, context.openFiles)
      if (stored === undefined) {
        from.settle(row, 'damaged')
        continue
      }
      const { header, body } = stored
      const record: SequencedRecord = {
        group: header.group,
        groupBytes: Buffer.from(header.group),
        count: header.count,
        timeMs: header.timeMs,
        sequence: header.sequence,
        body,
      }
      const [written] = await file.write([record])
      copied.push({
        from,
        row,
        written: { ...(written as WrittenRecord), record: { ...record, body: Buffer.alloc(0) } },
      })
    }
  }
  return copied
}

function finish(context: SlotContext, file: SegmentFile, copied: readonly Copied[]): void {
  const { segment } = file
  segment.isClosed = true
  context.onSegment(segment)
  for (const { from, row, written } of copied) {
    const { group, count, timeMs } = written.record
    const bodyBytes = from.index.bodyBytes(row)
    const state = from.index.state(row)
    // Settled while it was copied: settled here too.
    const newRow = segment.add({ group, count, timeMs, ordinal: written.ordinal, bodyBytes }, written.offset, state)
    if (state === SETTLED) segment.settlements.add(written.ordinal, count, 'delivered')
    else {
      from.forget(row)
      context.onMoved(from, row, segment, newRow)
    }
  }
  segment.index.trim()
}
