import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { crc32 } from 'node:zlib'
import { limits } from '../../sls/limits.ts'

/** What is kept of a group besides its bytes. */
export interface GroupMeta {
  readonly shard: number
  readonly sequence: number
  readonly arrival: number
  readonly logCount: number
  readonly firstTime: number
  readonly lastTime: number
  readonly receivedAtMs: number
  readonly requestId: string
}

/** A group found in the file, without its bytes. */
export interface GroupEntry extends GroupMeta {
  readonly offset: number
  readonly length: number
}

/** What opening a file has found. */
export interface OpenedFile {
  readonly entries: readonly GroupEntry[]
  /** Places in the file where a group was damaged: each has lost at least one. */
  readonly damagedPlaces: number
}

// Magic, CRC-32 of the rest of the header, length and CRC-32 of the group, then the meta fields.
const MAGIC = Buffer.from('LHGR')
const META_AT = 16
const HEADER_BYTES = META_AT + 4 + 8 + 8 + 4 + 4 + 4 + 8 + 24
const LONGEST_GROUP = limits.serverBodyInBytes + 64 * 1024
const WINDOW_BYTES = 1024 * 1024

/**
 * The groups of one logstore in one append-only file. Opening it goes on behind what is damaged: each group stands
 * behind a mark and a checksum of its own, so that a flipped bit costs one group. What is cut off stays in `.damaged`.
 */
export class GroupFile {
  readonly #path: string
  #fd: number
  #size = 0

  /** Opens or creates the file; `open` reads it. */
  constructor(path: string) {
    this.#path = path
    this.#fd = openSync(path, existsSync(path) ? 'r+' : 'w+', 0o600)
  }

  /** Writes a group behind the others. */
  append(meta: GroupMeta, group: Uint8Array): void {
    const record = Buffer.allocUnsafe(HEADER_BYTES + group.length)
    MAGIC.copy(record)
    record.writeUInt32LE(group.length, 8)
    record.writeUInt32LE(crc32(group), 12)
    writeMeta(record.subarray(META_AT), meta)
    record.writeUInt32LE(crc32(record.subarray(8, HEADER_BYTES)), 4)
    record.set(group, HEADER_BYTES)
    writeFully(this.#fd, record, this.#size)
    this.#size += record.length
  }

  /** Every whole group of the file in order. Holds one group in memory at a time. */
  open(): OpenedFile {
    const entries: GroupEntry[] = []
    const fileSize = fstatSync(this.#fd).size
    let damagedPlaces = 0
    let at = 0
    while (at < fileSize) {
      const entry = this.#entryAt(at)
      if (entry !== undefined) {
        entries.push(entry)
        at = entry.offset + entry.length
        continue
      }
      const next = this.#nextEntryAfter(at, fileSize)
      // A tail that no whole group follows is what a crash has left, unless it claims to be whole.
      if (next === undefined && !this.#isWholeButBent(at, fileSize)) break
      damagedPlaces++
      if (next === undefined) break
      at = next
    }
    this.#size = at
    if (damagedPlaces > 0 || (entries.length === 0 && fileSize > 0)) this.#rewrite(entries)
    else ftruncateSync(this.#fd, this.#size)
    return { entries: damagedPlaces > 0 ? this.#reread() : entries, damagedPlaces }
  }

  /** The bytes of a group. */
  read(entry: GroupEntry): Buffer {
    return this.#readAt(entry.offset, entry.length)
  }

  /** Leaves only these groups in the file; a crash in between leaves the old file. */
  keepOnly(entries: readonly GroupEntry[]): void {
    const path = `${this.#path}.new`
    const kept = new GroupFile(path)
    ftruncateSync(kept.#fd, 0)
    for (const entry of entries) kept.append(entry, this.read(entry))
    fsyncSync(kept.#fd)
    renameSync(path, this.#path)
    closeSync(this.#fd)
    this.#fd = kept.#fd
    this.#size = kept.#size
  }

  close(): void {
    closeSync(this.#fd)
  }

  #rewrite(entries: readonly GroupEntry[]): void {
    copyFileSync(this.#path, `${this.#path}.damaged`)
    this.keepOnly(entries)
  }

  /** The entries where they stand after the file was rewritten. */
  #reread(): GroupEntry[] {
    const entries: GroupEntry[] = []
    for (let at = 0; at < this.#size; ) {
      const entry = this.#entryAt(at)
      if (entry === undefined) break
      entries.push(entry)
      at = entry.offset + entry.length
    }
    return entries
  }

  #entryAt(at: number): GroupEntry | undefined {
    const header = this.#headerAt(at)
    if (header === undefined) return undefined
    const length = header.readUInt32LE(8)
    const group = this.#readAt(at + HEADER_BYTES, length)
    if (group.length < length || crc32(group) !== header.readUInt32LE(12)) return undefined
    return { ...readMeta(header.subarray(META_AT)), offset: at + HEADER_BYTES, length }
  }

  #headerAt(at: number): Buffer | undefined {
    const header = this.#readAt(at, HEADER_BYTES)
    if (header.length < HEADER_BYTES || !header.subarray(0, 4).equals(MAGIC)) return undefined
    if (crc32(header.subarray(8)) !== header.readUInt32LE(4)) return undefined
    return header.readUInt32LE(8) <= LONGEST_GROUP ? header : undefined
  }

  #isWholeButBent(at: number, fileSize: number): boolean {
    const header = this.#headerAt(at)
    return header !== undefined && at + HEADER_BYTES + header.readUInt32LE(8) <= fileSize
  }

  /** Where the next header stands whose checksum is right; a mark alone may be part of a log. */
  #nextEntryAfter(at: number, fileSize: number): number | undefined {
    // A header that is whole says where its own group ends.
    const header = this.#headerAt(at)
    let from = header === undefined ? at + 1 : at + HEADER_BYTES + header.readUInt32LE(8)
    while (from < fileSize) {
      const window = this.#readAt(from, WINDOW_BYTES)
      for (let mark = window.indexOf(MAGIC); mark >= 0; mark = window.indexOf(MAGIC, mark + 1)) {
        if (this.#headerAt(from + mark) !== undefined) return from + mark
      }
      if (window.length < WINDOW_BYTES) return undefined
      from += window.length - MAGIC.length + 1
    }
    return undefined
  }

  /** Shorter than asked for where the file ends. */
  #readAt(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length)
    let done = 0
    while (done < length) {
      const count = readSync(this.#fd, buffer, done, length - done, offset + done)
      if (count === 0) break
      done += count
    }
    return buffer.subarray(0, done)
  }
}

function writeFully(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done)
  }
}

function writeMeta(buffer: Buffer, meta: GroupMeta): void {
  let at = buffer.writeUInt32LE(meta.shard, 0)
  at = buffer.writeDoubleLE(meta.sequence, at)
  at = buffer.writeDoubleLE(meta.arrival, at)
  at = buffer.writeUInt32LE(meta.logCount, at)
  at = buffer.writeUInt32LE(meta.firstTime, at)
  at = buffer.writeUInt32LE(meta.lastTime, at)
  at = buffer.writeDoubleLE(meta.receivedAtMs, at)
  buffer.write(meta.requestId.padEnd(24), at, 24, 'latin1')
}

function readMeta(buffer: Buffer): GroupMeta {
  return {
    shard: buffer.readUInt32LE(0),
    sequence: buffer.readDoubleLE(4),
    arrival: buffer.readDoubleLE(12),
    logCount: buffer.readUInt32LE(20),
    firstTime: buffer.readUInt32LE(24),
    lastTime: buffer.readUInt32LE(28),
    receivedAtMs: buffer.readDoubleLE(32),
    requestId: buffer.toString('latin1', 40, 64).trimEnd(),
  }
}
