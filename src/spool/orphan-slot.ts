import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { nodeFiles } from './node-files.ts'
import { encodeName, encodeRecordHeader, encodeSegmentHeader } from './record-format.ts'
import { segmentPath } from './slot-paths.ts'
import type { SpoolRecord } from './spool.ts'

const MOST_SLOTS = 100_000

/**
 * Writes records synchronously to a new slot without an owner. The next process that opens the directory takes it over. For a process
 * that ends before its spool is open. Returns the sum of the counts of the records that could not be written.
 */
export function writeOrphanSlot(directory: string, records: readonly SpoolRecord[], nowMs: number): number {
  const counts = records.reduce((sum, { count }) => sum + count, 0)
  if (records.length === 0) return 0
  try {
    const slot = makeSlot(directory)
    const spoolId = randomBytes(8).readBigUInt64LE()
    const parts: Uint8Array[] = [
      encodeSegmentHeader({ spoolId, number: 1, firstSequence: 0, createdAtMs: nowMs, isRewritten: false }),
    ]
    let countsBefore = 0
    records.forEach((record, ordinal) => {
      const { count, timeMs, body } = record
      const head = {
        segment: 1,
        spoolId,
        unsynced: ordinal,
        ordinal,
        sequence: ordinal,
        count,
        countsBefore,
        timeMs,
        body,
      }
      parts.push(encodeRecordHeader({ ...head, name: encodeName(record) }), body)
      countsBefore += count
    })
    const file = nodeFiles.createSync(segmentPath(slot, 1))
    file.writeSync(parts, 0)
    file.syncSync()
    file.closeSync()
    nodeFiles.syncDirectorySync(slot)
    nodeFiles.syncDirectorySync(directory)
    return 0
  } catch {
    return counts
  }
}

/** Creates the slot with the first free number: creating a directory is atomic. */
function makeSlot(directory: string): string {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (let slot = 0; slot < MOST_SLOTS; slot++) {
    const path = join(directory, `slot-${slot}`)
    try {
      fs.mkdirSync(path, { mode: 0o700 })
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new Error('no slot is free')
}
