import { crc32 } from 'node:zlib'

/** What all file formats of the spool use: 64-bit numbers, exact up to 2^53, and blocks that end with a checksum. */
export const FORMAT_VERSION = 1
const UINT32 = 2 ** 32

export function writeUint64(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32LE(value % UINT32, at)
  buffer.writeUInt32LE(Math.floor(value / UINT32), at + 4)
}

export function readUint64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at + 4) * UINT32 + buffer.readUInt32LE(at)
}

/** Puts the checksum of all but the last four bytes into the last four. */
export function seal(block: Buffer, seed = 0): Buffer {
  block.writeUInt32LE(crc32(block.subarray(0, block.length - 4), seed), block.length - 4)
  return block
}

export function isSealed(block: Buffer, seed = 0): boolean {
  return crc32(block.subarray(0, block.length - 4), seed) === block.readUInt32LE(block.length - 4)
}

export interface EntryFile {
  readonly magic: string
  readonly spoolId: bigint
  readonly segment: number
}

export const ENTRY_FILE_HEADER_BYTES = 32

/** The header of a file of entries, which is a file of settlements or the ledger. */
export function entryFileHeader({ magic, spoolId, segment }: EntryFile): Buffer {
  const header = Buffer.alloc(ENTRY_FILE_HEADER_BYTES)
  header.write(magic, 0, 8, 'latin1')
  header.writeUInt16LE(FORMAT_VERSION, 8)
  header.writeBigUInt64LE(spoolId, 16)
  header.writeUInt32LE(segment, 24)
  return seal(header)
}

export function readEntryFileHeader(bytes: Buffer, magic: string): (EntryFile & { version: number }) | undefined {
  if (bytes.length < ENTRY_FILE_HEADER_BYTES) return undefined
  const header = bytes.subarray(0, ENTRY_FILE_HEADER_BYTES)
  if (header.toString('latin1', 0, 8) !== magic || !isSealed(header)) return undefined
  return {
    magic,
    version: header.readUInt16LE(8),
    spoolId: header.readBigUInt64LE(16),
    segment: header.readUInt32LE(24),
  }
}

/** The checksum of an entry starts from the checksum of the file's header, so an entry of another file is not valid here. */
export function entrySeed(header: Buffer): number {
  return header.readUInt32LE(ENTRY_FILE_HEADER_BYTES - 4)
}

/**
 * The valid entries of a file. After a damaged entry, the next one is searched at every byte, because bytes may be missing.
 */
export function* entriesOf(bytes: Buffer, entryBytes: number, seed: number): Generator<Buffer> {
  for (let at = ENTRY_FILE_HEADER_BYTES; at + entryBytes <= bytes.length; ) {
    const entry = bytes.subarray(at, at + entryBytes)
    if (isSealed(entry, seed)) {
      yield entry
      at += entryBytes
    } else {
      at++
    }
  }
}
