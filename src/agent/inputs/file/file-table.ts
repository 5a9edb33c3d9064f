import { type FoundFile, statAll } from './discovery.ts'
import { type FileCheckpoint, type FileCheckpoints, newFileId } from './file-checkpoint.ts'
import { beginsAs, FINGERPRINT_BYTES, type Fingerprint, inodeKey, readFingerprint } from './file-identity.ts'
import { openForReading } from './file-system.ts'
import type { PastFiles } from './past-files.ts'
import { shownPath } from './raw-path.ts'
import { type FilePlace, isNamedAfter, siblingsOf } from './siblings.ts'
import { TailedFile, type TailParts } from './tailed-file.ts'

/** What was read of a file before it was truncated. */
interface CopiedFile extends FilePlace {
  readonly offset: number
  readonly fingerprint: Fingerprint
}

export interface FileTableParts {
  readonly tail: TailParts
  readonly startAt: 'end' | 'beginning'
  readonly past: PastFiles
  /** No earlier process has read this input: `startAt` applies to the files of the first scan. */
  readonly isVeryFirst: boolean
  readonly count: (name: string) => void
  readonly warn: (message: string) => void
}

/** The files of an input by their identity. Finds out which are new, renamed, gone, truncated, or copies of others. */
export class FileTable {
  readonly #parts: FileTableParts
  readonly #files = new Map<string, TailedFile>()
  readonly #past: PastFiles
  readonly #byPath = new Map<string, TailedFile>()
  /** Truncated or replaced files whose last logs have no result yet. Logs of them that are lost are read again from their copies. */
  readonly #replaced = new Set<TailedFile>()
  readonly #warned = new Set<string>()
  #isFirstScan = true

  constructor(parts: FileTableParts) {
    this.#parts = parts
    this.#past = parts.past
  }

  get files(): Iterable<TailedFile> {
    return this.#files.values()
  }

  get size(): number {
    return this.#files.size
  }

  byPath(path: string): TailedFile | undefined {
    return this.#byPath.get(path)
  }

  checkpoints(nowMs: number): FileCheckpoints {
    return {
      hasStarted: true,
      files: [
        ...this.#past.kept(nowMs),
        ...[...this.#replaced, ...this.#files.values()].map((file) => file.checkpoint()),
      ],
    }
  }

  /** Compares the known files with those that were found now. */
  async update(found: readonly FoundFile[], nowMs: number, monotonicMs: number): Promise<void> {
    const isVeryFirst = this.#isFirstScan && this.#parts.isVeryFirst
    const seen = new Set<string>()
    for (const file of this.#knownFirst(found)) {
      const key = inodeKey(file)
      if (seen.has(key)) continue
      seen.add(key)
      const known = this.#files.get(key)
      if (known === undefined) await this.#addFound(file, nowMs, isVeryFirst)
      else this.#seeAgain(known, file, nowMs)
    }
    for (const [key, file] of this.#files) {
      if (seen.has(key) || file.isGone) continue
      file.goneSinceMs = monotonicMs
      file.isReady = true
      if (this.#byPath.get(file.path) === file) this.#byPath.delete(file.path)
      if (file.handle === undefined) await this.#followRename(file)
    }
    if (this.#isFirstScan) await this.#findRotatedMeanwhile(nowMs, monotonicMs)
    this.#isFirstScan = false
  }

  /** The file was truncated, or another file has its path: what is there now is read from its beginning. */
  async replace(file: TailedFile, nowMs: number): Promise<void> {
    this.#parts.count('truncations')
    file.isReplaced = true
    await file.close()
    this.#files.delete(inodeKey(file))
    this.#replaced.add(file)
    const [found] = await statAll([file.path])
    if (found === undefined || inodeKey(found) !== inodeKey(file)) return
    const fingerprint = await this.#fingerprintOf(found.path)
    if (fingerprint !== undefined) this.#add(found, 0, nowMs, fingerprint)
  }

  /** Whether logs of truncated or replaced files have no result yet. */
  get hasReplaced(): boolean {
    return this.#replaced.size > 0
  }

  get canFinishReplaced(): boolean {
    for (const file of this.#replaced) if (file.settled.unsettledLogs === 0) return true
    return false
  }

  /** Finds the copies of truncated files whose logs all have results, to read the lines that are missing. Returns whether there are some. */
  async finishReplaced(nowMs: number): Promise<boolean> {
    const before = this.#files.size
    for (const file of this.#replaced) {
      if (file.settled.unsettledLogs > 0) continue
      // Until the copy is in the table, the checkpoint has to contain the original.
      await this.#readCopy(file.checkpoint(), nowMs)
      this.#replaced.delete(file)
    }
    return this.#files.size > before
  }

  /** Closes a file that is read to its end, is settled and will not grow. Only its position is kept. */
  async release(file: TailedFile): Promise<void> {
    await file.close()
    this.#files.delete(inodeKey(file))
    this.#past.set(file.checkpoint())
    if (this.#byPath.get(file.path) === file) this.#byPath.delete(file.path)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()))
  }

  #seeAgain(known: TailedFile, { path, realPath, size }: FoundFile, nowMs: number): void {
    known.seenMs = nowMs
    known.goneSinceMs = undefined
    known.realPath = realPath
    if (known.path !== path) {
      if (this.#byPath.get(known.path) === known) this.#byPath.delete(known.path)
      known.path = path
      this.#byPath.set(path, known)
    }
    if (size !== known.lookedAt) known.isReady = true
  }

  async #addFound(found: FoundFile, nowMs: number, isVeryFirst: boolean): Promise<void> {
    const handle = await this.#tryOpen(found.path)
    if (handle === undefined) return
    try {
      const fingerprint = await readFingerprint(handle)
      const past = await this.#past.find(found, handle)
      if (past !== undefined) {
        this.#past.delete(past)
        return this.#add(found, past.offset, nowMs, fingerprint, past)
      }
      if (await this.#isCopy(found, fingerprint)) return
      const original = this.#isFirstScan ? this.#past.originalOf(found, fingerprint) : undefined
      const first = isVeryFirst && this.#parts.startAt === 'end' ? found.size : 0
      this.#add(found, original?.offset ?? first, nowMs, fingerprint)
    } finally {
      await handle.close()
    }
  }

  #add(
    found: FoundFile,
    offset: number,
    nowMs: number,
    fingerprint: Fingerprint,
    past?: Pick<FileCheckpoint, 'fileId' | 'start'>,
  ): void {
    const file = new TailedFile(found, fingerprint, offset, this.#parts.tail, past)
    file.seenMs = nowMs
    this.#files.set(inodeKey(file), file)
    this.#byPath.set(file.path, file)
  }

  /**
   * Whether this file was made by `copytruncate`: it is beside a followed file, named after it, and has the same beginning and end. Its
   * lines are read from the original; if that is truncated first, `#readCopy` reads the rest from the copy.
   */
  async #isCopy(found: FoundFile, fingerprint: Fingerprint): Promise<boolean> {
    if (fingerprint.bytes < FINGERPRINT_BYTES) return false
    for (const file of [...this.#replaced, ...this.#files.values()]) {
      if (file.fingerprint.digest !== fingerprint.digest || !isNamedAfter(found, file)) continue
      if (await endsAlike(found, file.path)) return true
    }
    return false
  }

  /** The lines of a truncated file that were not read yet are in its copy: reads the copy from that position. */
  async #readCopy(file: CopiedFile, nowMs: number): Promise<void> {
    if (file.fingerprint.bytes < FINGERPRINT_BYTES) return
    for (const sibling of await siblingsOf(file)) {
      const key = inodeKey(sibling)
      if (this.#files.has(key) || !isNamedAfter(sibling, file)) continue
      const fingerprint = await this.#fingerprintOf(sibling.path)
      if (fingerprint?.digest !== file.fingerprint.digest || this.#past.has(sibling, fingerprint)) continue
      const { offset } = file
      if (sibling.size > offset) await this.#addGone(sibling, file, offset, nowMs, fingerprint)
      else this.#past.set({ ...sibling, fingerprint, fileId: newFileId(), start: offset, offset, seenMs: nowMs })
    }
  }

  /** Finds the new path of a file that was renamed, out of the globs, while it was closed. */
  async #followRename(file: TailedFile): Promise<void> {
    const renamed = (await siblingsOf(file)).find((sibling) => inodeKey(sibling) === inodeKey(file))
    if (renamed === undefined) return
    file.path = renamed.path
    file.realPath = renamed.realPath
  }

  /** Finds files that were renamed out of the globs, or copied and truncated, while no agent ran: the rest of them is still to be read. */
  async #findRotatedMeanwhile(nowMs: number, monotonicMs: number): Promise<void> {
    for (const past of [...this.#past]) {
      const sibling = (await siblingsOf(past)).find(({ inode }) => inode === past.inode)
      const handle = sibling && (await this.#tryOpen(sibling.path))
      if (sibling === undefined || handle === undefined) continue
      const isSame = await beginsAs(handle, past.fingerprint).finally(() => handle.close())
      if (!isSame || sibling.size < past.offset) {
        await this.#readCopy(past, nowMs)
        continue
      }
      const fingerprint = await this.#fingerprintOf(sibling.path)
      if (sibling.size === past.offset || fingerprint === undefined) continue
      this.#past.delete(past)
      const file = await this.#addGone(sibling, past, past.offset, nowMs, fingerprint, past)
      file.goneSinceMs = monotonicMs
    }
  }

  async #addGone(
    sibling: FoundFile,
    origin: { readonly path: string },
    offset: number,
    nowMs: number,
    fingerprint: Fingerprint,
    past?: FileCheckpoint,
  ): Promise<TailedFile> {
    const file = new TailedFile({ ...sibling, path: origin.path }, fingerprint, offset, this.#parts.tail, past)
    file.seenMs = nowMs
    file.path = sibling.path
    file.realPath = sibling.realPath
    file.goneSinceMs = 0
    this.#files.set(inodeKey(file), file)
    await file.open().catch(() => undefined)
    return file
  }

  /** In the first scan originals come before their copies. */
  #knownFirst(found: readonly FoundFile[]): readonly FoundFile[] {
    if (!this.#isFirstScan) return found
    const isKnown = (file: FoundFile) => this.#past.hasInode(file)
    return [...found.filter(isKnown), ...found.filter((file) => !isKnown(file))]
  }

  async #fingerprintOf(path: string): Promise<Fingerprint | undefined> {
    const handle = await this.#tryOpen(path)
    if (handle === undefined) return undefined
    return readFingerprint(handle).finally(() => handle.close())
  }

  async #tryOpen(path: string) {
    try {
      return await openForReading(path)
    } catch (thrown) {
      this.#parts.count('openErrors')
      const { code, message } = thrown as NodeJS.ErrnoException
      if (code !== 'ENOENT' && !this.#warned.has(path) && this.#warned.size < 1000) {
        this.#warned.add(path)
        this.#parts.warn(`${shownPath(path)} cannot be opened: ${message}`)
      }
      return undefined
    }
  }
}

/** Whether the original has the same bytes at the end of the copy. True if it was truncated by now: then only name and beginning can be compared. */
async function endsAlike(copy: FoundFile, original: string): Promise<boolean> {
  const from = Math.max(0, copy.size - FINGERPRINT_BYTES)
  const [ofCopy, ofOriginal] = await Promise.all(
    [copy.path, original].map((path) => readAt(path, from, copy.size - from)),
  )
  if (ofCopy === undefined || ofOriginal === undefined || ofOriginal.length < ofCopy.length) return true
  return ofCopy.equals(ofOriginal)
}

async function readAt(path: string, from: number, length: number): Promise<Buffer | undefined> {
  const handle = await openForReading(path).catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, from)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
