import { randomBytes } from 'node:crypto'
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
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  RECORD_MAGIC,
  type RecordHeader,
  SEGMENT_HEADER_BYTES,
} from '../../spool/record-format.ts'
import {
  encodeGroupHeader,
  type GroupMeta,
  headerIn,
  isWhole,
  LONGEST_HEADER,
  metaOf,
  type RecordPlace,
  SEGMENT,
} from './group-record.ts'

/** A group in the file, without its bytes. */
export interface GroupEntry extends GroupMeta {
  readonly offset: number
  readonly length: number
}

/** The result of opening a file. */
export interface OpenedFile {
  readonly entries: readonly GroupEntry[]
  /** Number of damaged places in the file. At each at least one group was lost. */
  readonly damagedPlaces: number
}

const WINDOW_BYTES = 1024 * 1024

/**
 * The groups of a logstore in an append-only file, in the format of a segment of the spool. Each group has a mark and a
 * checksum, so opening continues after damaged places, and a flipped bit costs one group. What is cut off is kept in
 * `.damaged`.
 */
export class GroupFile {
  readonly #path: string
  #fd: number
  #size = 0
  #next: RecordPlace = { spoolId: 0n, ordinal: 0, countsBefore: 0 }

  /** Opens or creates the file; `open` reads it. */
  constructor(path: string) {
    this.#path = path
    this.#fd = openSync(path, existsSync(path) ? 'r+' : 'w+', 0o600)
    if (this.#fileSize === 0) this.#begin()
  }

  /** Appends a group. */
  append(meta: GroupMeta, group: Uint8Array): void {
    const header = encodeGroupHeader(meta, this.#next, group)
    writeFully(this.#fd, Buffer.concat([header, group]), this.#size)
    this.#size += header.length + group.length
    const { spoolId, ordinal, countsBefore } = this.#next
    this.#next = { spoolId, ordinal: ordinal + 1, countsBefore: countsBefore + meta.logCount }
  }

  /** Reads all complete groups in order. Holds one group in memory at a time. */
  open(): OpenedFile {
    const fileSize = this.#fileSize
    const segment = decodeSegmentHeader(this.#readAt(0, SEGMENT_HEADER_BYTES))
    const spoolId = segment?.spoolId ?? this.#recordAfter(0, fileSize)?.header.spoolId
    if (spoolId === undefined) return this.#begunAnew(fileSize)
    this.#next = { spoolId, ordinal: 0, countsBefore: 0 }
    const entries: GroupEntry[] = []
    let damagedPlaces = segment === undefined ? 1 : 0
    let at = SEGMENT_HEADER_BYTES
    while (at < fileSize) {
      const header = this.#headerAt(at)
      if (header !== undefined && this.#take(header, at, entries)) {
        at += header.headerBytes + header.bodyBytes
        continue
      }
      const next = this.#recordAfter(header === undefined ? at + 1 : at + header.headerBytes, fileSize)?.at
      // An incomplete group at the end was left by a crash. If its header says that it is complete, it is damaged.
      const claimsWhole = header !== undefined && at + header.headerBytes + header.bodyBytes <= fileSize
      if (next !== undefined || claimsWhole) damagedPlaces++
      if (next === undefined) break
      at = next
    }
    this.#size = at
    if (damagedPlaces === 0) ftruncateSync(this.#fd, this.#size)
    else this.#setAside()
    return { entries: damagedPlaces > 0 ? this.keepOnly(entries) : entries, damagedPlaces }
  }

  /** The bytes of a group. */
  read({ offset, length }: GroupEntry): Buffer {
    return this.#readAt(offset, length)
  }

  /** Rewrites the file with only these groups, and returns their new places. A crash meanwhile leaves the old file. */
  keepOnly(entries: readonly GroupEntry[]): GroupEntry[] {
    const path = `${this.#path}.new`
    const kept = new GroupFile(path)
    kept.#begin()
    const moved = entries.map((entry) => {
      const group = this.read(entry)
      kept.append(entry, group)
      return { ...entry, offset: kept.#size - group.length }
    })
    fsyncSync(kept.#fd)
    renameSync(path, this.#path)
    closeSync(this.#fd)
    this.#fd = kept.#fd
    this.#size = kept.#size
    this.#next = kept.#next
    return moved
  }

  close(): void {
    closeSync(this.#fd)
  }

  get #fileSize(): number {
    return fstatSync(this.#fd).size
  }

  /** Starts an empty file with its own random id, so that no content of a log can look like one of its records. */
  #begin(): void {
    const spoolId = randomBytes(8).readBigUInt64LE()
    const head = { spoolId, number: SEGMENT, firstSequence: 0, createdAtMs: 0, isRewritten: false }
    ftruncateSync(this.#fd, 0)
    writeFully(this.#fd, encodeSegmentHeader(head), 0)
    this.#size = SEGMENT_HEADER_BYTES
    this.#next = { spoolId, ordinal: 0, countsBefore: 0 }
  }

  /** Starts a file again that has no valid group: it is another file, or its first write was not completed. */
  #begunAnew(fileSize: number): OpenedFile {
    if (fileSize > 0) this.#setAside()
    this.#begin()
    return { entries: [], damagedPlaces: fileSize > SEGMENT_HEADER_BYTES ? 1 : 0 }
  }

  #setAside(): void {
    copyFileSync(this.#path, `${this.#path}.damaged`)
  }

  /** Adds the group at a place. False if it is not complete, or is not a group of this file. */
  #take(header: RecordHeader, at: number, entries: GroupEntry[]): boolean {
    const offset = at + header.headerBytes
    if (!isWhole(this.#readAt(offset, header.bodyBytes), header)) return false
    entries.push({ ...metaOf(header), offset, length: header.bodyBytes })
    const { spoolId, ordinal, countsBefore, count } = header
    this.#next = { spoolId, ordinal: ordinal + 1, countsBefore: countsBefore + count }
    return true
  }

  /** The header at a place; undefined if there is no header of this file. */
  #headerAt(at: number): RecordHeader | undefined {
    const header = headerIn(this.#readAt(at, LONGEST_HEADER))
    return header?.spoolId === this.#next.spoolId ? header : undefined
  }

  /** The next header with a correct checksum, because the mark alone may be part of a log. Until the id is known, of any file. */
  #recordAfter(from: number, fileSize: number): { readonly header: RecordHeader; readonly at: number } | undefined {
    for (let start = from; start < fileSize; start += WINDOW_BYTES) {
      // Windows overlap, so that a mark at the end of one is found in the next.
      const window = this.#readAt(start, WINDOW_BYTES + RECORD_MAGIC.length - 1)
      for (let mark = window.indexOf(RECORD_MAGIC); mark >= 0; mark = window.indexOf(RECORD_MAGIC, mark + 1)) {
        const header = headerIn(this.#readAt(start + mark, LONGEST_HEADER))
        const isOfThisFile = this.#next.spoolId === 0n || header?.spoolId === this.#next.spoolId
        if (header !== undefined && isOfThisFile) return { header, at: start + mark }
      }
    }
    return undefined
  }

  /** Reads bytes; fewer than requested at the end of the file. */
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
