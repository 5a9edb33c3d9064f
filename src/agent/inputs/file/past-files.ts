import type { FileHandle } from 'node:fs/promises'
import type { Origin } from '../../../producer/sends/origin.ts'
import type { FoundFile } from './discovery.ts'
import { type FileCheckpoint, FORGET_MS } from './file-checkpoint.ts'
import { beginsAs, FINGERPRINT_BYTES, type Fingerprint } from './file-identity.ts'
import { fileOf } from './file-origin.ts'
import { type FilePlace, isInDirectoryOf, isNamedAfter } from './siblings.ts'

/** However old a checkpoint is, a process that has loaded it keeps it for so long: a file system may be mounted late. */
const KEEP_LOADED_MS = 3_600_000

/** Files that are not followed any more, and those that a former process knew. One that is found again continues where it was. */
export class PastFiles {
  readonly #loadedMs: number
  /** By inode, the newest last: what was found on disk may tell of a file that came after the one that was saved. */
  readonly #files = new Map<string, FileCheckpoint[]>()

  /** @param recovered where logs on disk come from: their files are further than they were when they were saved */
  constructor(saved: readonly FileCheckpoint[], recovered: readonly Origin[], nowMs: number) {
    this.#loadedMs = nowMs
    const files = new Map(saved.map((file) => [file.fileId, file]))
    for (const origin of [...recovered].sort((a, b) => a.from - b.from)) {
      const told = fileOf(origin)
      if (told === undefined) continue
      const known = files.get(told.fileId)
      const offset = known?.offset ?? told.start
      // After a gap nothing counts: what is missing is read again, and what comes behind it with it.
      files.delete(told.fileId)
      const isNext = origin.from <= offset && origin.to > offset
      files.set(told.fileId, { ...told, seenMs: nowMs, offset: isNext ? origin.to : offset })
    }
    for (const file of files.values()) this.#add(file)
  }

  /** All of them, the newest of each inode last. */
  *[Symbol.iterator](): Generator<FileCheckpoint> {
    for (const files of this.#files.values()) yield* files
  }

  /** Whether one of them may be this file. */
  has(found: FoundFile): boolean {
    return this.#likely(found).length > 0
  }

  /** Takes the place of what the inode was before. */
  set(file: FileCheckpoint): void {
    for (const before of this.#likely(file)) this.delete(before)
    this.#add(file)
  }

  delete(file: FileCheckpoint): void {
    const left = (this.#files.get(file.inode) ?? []).filter(({ fileId }) => fileId !== file.fileId)
    if (left.length === 0) this.#files.delete(file.inode)
    else this.#files.set(file.inode, left)
  }

  /** Which of them a file is that was found, if any. */
  async find(found: FoundFile, handle: FileHandle): Promise<FileCheckpoint | undefined> {
    for (const file of this.#likely(found).reverse()) {
      if (file.offset <= found.size && (await beginsAs(handle, file.fingerprint))) return file
    }
    return undefined
  }

  /** The file of which a found one is the copy that `copytruncate` made. */
  originalOf(found: FoundFile, fingerprint: Fingerprint): FileCheckpoint | undefined {
    if (fingerprint.bytes < FINGERPRINT_BYTES) return undefined
    for (const file of this) {
      const isAlike = file.fingerprint.digest === fingerprint.digest && file.offset <= found.size
      if (isAlike && isNamedAfter(found, file)) return file
    }
    return undefined
  }

  #add(file: FileCheckpoint): void {
    this.#files.set(file.inode, [...(this.#files.get(file.inode) ?? []), file])
  }

  /**
   * Those of the same inode, the newest last. The number of a device is given when it is mounted: a network file system has another one on
   * each machine and after each restart. So the directory is as good.
   */
  #likely(found: FilePlace & { readonly device: string; readonly inode: string }): FileCheckpoint[] {
    const files = this.#files.get(found.inode) ?? []
    return files.filter((file) => file.device === found.device || isInDirectoryOf(file, found))
  }

  /** Those that are not forgotten yet. */
  kept(nowMs: number): FileCheckpoint[] {
    if (nowMs - this.#loadedMs < KEEP_LOADED_MS) return [...this]
    return [...this].filter(({ seenMs }) => nowMs - seenMs < FORGET_MS)
  }
}
