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

/** What all files of an input share. */
export interface TailParts {
  /** The id of the input. */
  readonly input: string
  readonly makeFramer: () => LineFramer
  readonly writerFor: (path: string, inode: string) => InputWriter
  /** The settled position of a file has moved, or a loss needs it to go back. */
  readonly onSettled: (file: TailedFile) => void
}

/** One file on its way: where it is read, how far it is settled, and by which name it was seen last. */
export class TailedFile {
  readonly device: string
  readonly inode: string
  readonly framer: LineFramer
  readonly trail: Trail
  readonly fileId: string
  /** Where its first line is that was to be shipped. */
  readonly start: number
  /** The name under which its logs are stored: it stays when the file is renamed. */
  readonly origin: string
  path: string
  /** The path without links: there its rotated successors and copies are. */
  realPath: string
  #fingerprint: Fingerprint
  #originName: string | undefined
  /** Where the next line begins. */
  offset: number
  /** How much of the file was looked at when there was no whole line more. */
  lookedAt: number
  /** There may be something to read. */
  isReady = true
  /** It was truncated or replaced: nothing more is read of it, and its last verdicts are still to come. */
  isLeaving = false
  /** When it was found missing under all names, by the monotonic clock. */
  goneSinceMs: number | undefined
  /** When it grew last, by the monotonic clock. */
  grownMs = 0
  seenMs = 0
  /** After a loss: not to be read before. */
  notBeforeMs = 0
  losses = 0
  handle: FileHandle | undefined
  readonly #parts: TailParts
  #writer: InputWriter | undefined

  /** @param past what is known of it from before; it goes on there then */
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

  /** It has more bytes by now, up to those that count. */
  set fingerprint(fingerprint: Fingerprint) {
    this.#fingerprint = fingerprint
    this.#originName = undefined
  }

  /** Made when the first line goes out: most of ten thousand files are quiet. */
  get writer(): InputWriter {
    this.#writer ??= this.#parts.writerFor(this.origin, this.inode)
    return this.#writer
  }

  get isGone(): boolean {
    return this.goneSinceMs !== undefined
  }

  /** Everything that was read is settled. */
  get isSettled(): boolean {
    return this.settled.unsettledLogs === 0 && !this.settled.isBroken
  }

  checkpoint(): FileCheckpoint {
    const { device, inode, fingerprint, path, realPath, seenMs, fileId, start, settled } = this
    return { device, inode, fingerprint, path, realPath, seenMs, fileId, start, offset: settled.position }
  }

  /** Opens it, unless it is open; undefined where another file has its name by now. */
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

  /** After a loss, once nothing is under way any more: reads on from the last settled position. */
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
