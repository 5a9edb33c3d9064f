import type { FileHandle } from 'node:fs/promises'
import type { LineFramer } from '../../lines/line-framer.ts'
import type { InputWriter } from '../../write/input-writer.ts'
import type { SettledPrefix } from '../../write/settled-prefix.ts'
import { Trail } from '../../write/trail.ts'
import type { FoundFile } from './discovery.ts'
import { type FileCheckpoint, newFileId } from './file-checkpoint.ts'
import { beginsAs, type Fingerprint } from './file-identity.ts'
import { originName } from './file-origin.ts'
import { openForReading } from './file-system.ts'

/** The parts that all files of an input share. */
export interface TailParts {
  /** The id of the input. */
  readonly input: string
  readonly makeFramer: () => LineFramer
  readonly writerFor: (path: string, inode: string) => InputWriter
  /** Called when the settled position of a file has moved, or when lost logs must be read again. */
  readonly onSettled: (file: TailedFile) => void
}

/** A file that is followed: its read position, its settled position and its path. */
export class TailedFile {
  readonly device: string
  readonly inode: string
  readonly framer: LineFramer
  readonly trail: Trail
  readonly fileId: string
  /** Offset of the first line to ship. */
  readonly start: number
  /** The path in the tags of its logs: it stays the same when the file is renamed. */
  readonly origin: string
  path: string
  /** The path without links. Its rotated successors and copies are in this directory. */
  realPath: string
  #fingerprint: Fingerprint
  #originName: string | undefined
  /** Offset of the next line to read. */
  offset: number
  /** Offset up to which the file was searched for line ends. */
  lookedAt: number
  /** Whether there may be new bytes. */
  isReady = true
  /** It was truncated or replaced: nothing more is read from it, but the results of its last logs are still to come. */
  isReplaced = false
  /** When no path of it was found any more, by the monotonic clock. */
  goneSinceMs: number | undefined
  /** When it grew last, by the monotonic clock. */
  grownMs = 0
  seenMs = 0
  /** After a loss it is not read before this time. */
  notBeforeMs = 0
  losses = 0
  handle: FileHandle | undefined
  readonly #parts: TailParts
  #writer: InputWriter | undefined

  /** @param past its checkpoint, if it has one */
  constructor(
    found: FoundFile,
    fingerprint: Fingerprint,
    offset: number,
    parts: TailParts,
    past?: Pick<FileCheckpoint, 'fileId' | 'start'>,
  ) {
    this.device = found.device
    this.inode = found.inode
    this.path = found.path
    this.realPath = found.realPath
    this.origin = found.path
    this.#fingerprint = fingerprint
    this.fileId = past?.fileId ?? newFileId()
    this.start = past?.start ?? offset
    this.offset = offset
    this.lookedAt = offset
    this.#parts = parts
    this.framer = parts.makeFramer()
    this.trail = new Trail(
      offset,
      () => this.#nameOfOrigin(),
      () => parts.onSettled(this),
    )
  }

  get settled(): SettledPrefix<number> {
    return this.trail.settled
  }

  get fingerprint(): Fingerprint {
    return this.#fingerprint
  }

  /** It has more bytes now, and fewer than the fingerprint may have. */
  set fingerprint(fingerprint: Fingerprint) {
    this.#fingerprint = fingerprint
    this.#originName = undefined
  }

  /** Created with the first line: of ten thousand files most are quiet. */
  get writer(): InputWriter {
    this.#writer ??= this.#parts.writerFor(this.origin, this.inode)
    return this.#writer
  }

  get isGone(): boolean {
    return this.goneSinceMs !== undefined
  }

  /** Whether everything that was read is settled. */
  get isSettled(): boolean {
    return this.settled.unsettledLogs === 0 && !this.settled.isBroken
  }

  checkpoint(): FileCheckpoint {
    const { device, inode, fingerprint, path, realPath, seenMs, fileId, start, settled } = this
    return { device, inode, fingerprint, path, realPath, seenMs, fileId, start, offset: settled.position }
  }

  /** Opens it, unless it is open. Resolves to undefined if its path belongs to another file now. */
  async open(): Promise<FileHandle | undefined> {
    if (this.handle !== undefined) return this.handle
    const handle = await openForReading(this.path)
    try {
      const { dev, ino } = await handle.stat({ bigint: true })
      if (String(dev) === this.device && String(ino) === this.inode && (await beginsAs(handle, this.fingerprint))) {
        this.handle = handle
        return handle
      }
    } catch (thrown) {
      await handle.close()
      throw thrown
    }
    await handle.close()
    return undefined
  }

  async close(): Promise<void> {
    const { handle } = this
    this.handle = undefined
    await handle?.close().catch(() => {})
  }

  /** Reads again from the last settled position, after a loss. No log may be without a result. */
  goBack(notBeforeMs: number): void {
    this.losses++
    this.notBeforeMs = notBeforeMs
    this.trail.goBack()
    this.offset = this.settled.position
    this.lookedAt = this.offset
    this.framer.reset()
    this.isReady = true
  }

  #nameOfOrigin(): string {
    this.#originName ??= originName(this.#parts.input, this)
    return this.#originName
  }
}
