import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const CHECKSUM = 'crc32'

/** Writes a record as JSON with a checksum. A crash never leaves a partly written file. */
export function writeRecord(path: string, record: object): void {
  const checked = { ...record, [CHECKSUM]: checksumOf(record) }
  writeFileSync(`${path}.new`, JSON.stringify(checked, null, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** Reads a record. Undefined if it is damaged: then a copy is kept beside it, as `.damaged`. */
export function readRecord(path: string): object | undefined {
  try {
    const { [CHECKSUM]: checksum, ...record } = JSON.parse(readFileSync(path, 'utf8'))
    if (checksum === checksumOf(record)) return record
  } catch {
    // A file that is not JSON is damaged as well.
  }
  copyFileSync(path, `${path}.damaged`)
  return undefined
}

function checksumOf(record: object): string {
  return crc32(JSON.stringify(record)).toString(16).padStart(8, '0')
}
