import { join } from 'node:path'
import { ENTRY_FILE_HEADER_BYTES, FORMAT_VERSION, readEntryFileHeader } from './checked.ts'
import { isGone, type SpoolFiles } from './files.ts'
import { LEDGER_MAGIC } from './ledger.ts'
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES } from './record-format.ts'
import { SETTLEMENTS_MAGIC } from './settlements.ts'
import { LEDGER_NAME, SEGMENT_NAME, SETTLED_NAME } from './slot-paths.ts'

/** Whether a newer release wrote any file of a slot. Then this release does not use the slot. */
export async function isOfNewerRelease(files: SpoolFiles, slotDirectory: string): Promise<boolean> {
  for (const name of await files.list(slotDirectory)) {
    const versionOf = readerFor(name)
    if (versionOf === undefined) continue
    const version = versionOf(await beginningOf(files, join(slotDirectory, name)))
    if (version !== undefined && version > FORMAT_VERSION) return true
  }
  return false
}

function readerFor(name: string): ((bytes: Buffer) => number | undefined) | undefined {
  if (name === LEDGER_NAME) return (bytes) => readEntryFileHeader(bytes, LEDGER_MAGIC)?.version
  if (SETTLED_NAME.test(name)) return (bytes) => readEntryFileHeader(bytes, SETTLEMENTS_MAGIC)?.version
  return SEGMENT_NAME.test(name) ? (bytes) => decodeSegmentHeader(bytes)?.version : undefined
}

async function beginningOf(files: SpoolFiles, path: string): Promise<Buffer> {
  try {
    const file = await files.open(path)
    const bytes = Buffer.alloc(Math.max(SEGMENT_HEADER_BYTES, ENTRY_FILE_HEADER_BYTES))
    return bytes.subarray(0, await file.read(bytes, 0).finally(() => file.close()))
  } catch (error) {
    if (isGone(error)) return Buffer.alloc(0)
    throw error
  }
}
