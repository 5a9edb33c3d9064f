import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
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

/** Frame: length of what follows the checksum, CRC-32 of it. Then the meta fields, the request id, the group. */
const FRAME_BYTES = 8
const META_BYTES = 4 + 8 + 8 + 4 + 4 + 4 + 8 + 24
const LONGEST_FRAME = META_BYTES + limits.serverBodyInBytes

/** The groups of one logstore in one append-only file. Opening it cuts off what a crash left unfinished at its end. */
export class GroupFile {
  readonly #path: string
  #fd: number
  #size = 0

  constructor(path: string) {
    this.#path = path
    this.#fd = openSync(path, existsSync(path) ? 'r+' : 'w+')
  }

  append(meta: GroupMeta, group: Uint8Array): void {
    const frame = Buffer.allocUnsafe(FRAME_BYTES + META_BYTES + group.length)
    writeMeta(frame.subarray(FRAME_BYTES), meta)
    frame.set(group, FRAME_BYTES + META_BYTES)
    frame.writeUInt32LE(META_BYTES + group.length, 0)
    frame.writeUInt32LE(crc32(frame.subarray(FRAME_BYTES)), 4)
    writeFully(this.#fd, frame, this.#size)
    this.#size += frame.length
  }

  /** Every whole group of the file in order, and then the file ends there. Holds one group in memory at a time. */
  open(): GroupEntry[] {
    const entries: GroupEntry[] = []
    this.#size = 0
    for (let frame = this.#frameAt(0); frame !== undefined; frame = this.#frameAt(this.#size)) {
      const offset = this.#size + FRAME_BYTES + META_BYTES
      entries.push({ ...readMeta(frame), offset, length: frame.length - META_BYTES })
      this.#size += FRAME_BYTES + frame.length
    }
    ftruncateSync(this.#fd, this.#size)
    return entries
  }

  read(entry: GroupEntry): Buffer {
    return this.#readAt(entry.offset, entry.length)
  }

  /** Leaves only these groups in the file; a crash in between leaves the old file. */
  keepOnly(entries: readonly GroupEntry[]): void {
    const kept = new GroupFile(`${this.#path}.new`)
    kept.open()
    ftruncateSync(kept.#fd, 0)
    kept.#size = 0
    for (const entry of entries) kept.append(entry, this.read(entry))
    fsyncSync(kept.#fd)
    renameSync(`${this.#path}.new`, this.#path)
    closeSync(this.#fd)
    this.#fd = kept.#fd
    this.#size = kept.#size
  }

  close(): void {
    closeSync(this.#fd)
  }

  #frameAt(offset: number): Buffer | undefined {
    const head = this.#readAt(offset, FRAME_BYTES)
    if (head.length < FRAME_BYTES) return undefined
    const length = head.readUInt32LE(0)
    if (length < META_BYTES || length > LONGEST_FRAME) return undefined
    const frame = this.#readAt(offset + FRAME_BYTES, length)
    return frame.length === length && crc32(frame) === head.readUInt32LE(4) ? frame : undefined
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
