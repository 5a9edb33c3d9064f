import type { FileHandle } from 'node:fs/promises'
import type { Origin } from '../../../producer/sends/origin.ts'
import type { FoundFile } from './discovery.ts'
import { type FileCheckpoint, FORGET_MS } from './file-checkpoint.ts'
import { beginsAs, FINGERPRINT_BYTES, type Fingerprint } from './file-identity.ts'
import { fileOf } from './file-origin.ts'
import { type FilePlace, isInDirectoryOf, isNamedAfter } from './siblings.ts'

/** A process keeps every checkpoint that it has loaded for this time, however old it is: a file system may be mounted late. */
const KEEP_LOADED_MS = 3_600_000

/** Files that are not followed any more, and those of an earlier process. If one is found again, it continues at its position. */
export class PastFiles {
  readonly #loadedMs: number
  /** By inode, the newest last: the spool may name a file that got the inode after the saved one. */
  readonly #files = new Map<string, FileCheckpoint[]>()

  /** @param recovered the origins of logs on disk: the positions of their files are behind those that were saved */
  constructor(saved: readonly FileCheckpoint[], recovered: readonly Origin[], nowMs: number) {
    this.#loadedMs = nowMs
    const files = new Map(saved.map((file) => [file.fileId, file]))
    for (const origin of [...recovered].sort((a, b) => a.from - b.from)) {
      const told = fileOf(origin)
      if (told === undefined) continue
      const known = files.get(told.fileId)
      const offset = known?.offset ?? told.start
      // Ranges after a gap do not count: the gap is read again, and everything behind it.
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

  /** Whether one of them had this inode. It may have been another file: the system uses inodes again. */
  hasInode(found: FoundFile): boolean {
    return this.#likely(found).length > 0
  }

  /** Whether one of them is this file. */
  has(found: FoundFile, { bytes, digest }: Fingerprint): boolean {
    return this.#likely(found).some(({ fingerprint }) => fingerprint.bytes === bytes && fingerprint.digest === digest)
  }

  /** Replaces what is known about this inode. */
  set(file: FileCheckpoint): void {
    for (const before of this.#likely(file)) this.delete(before)
    this.#add(file)
  }

  delete(file: FileCheckpoint): void {
    const left = (this.#files.get(file.inode) ?? []).filter(({ fileId }) => fileId !== file.fileId)
    if (left.length === 0) this.#files.delete(file.inode)
    else this.#files.set(file.inode, left)
  }

  /** Which of them the found file is, if any. */
  async find(found: FoundFile, handle: FileHandle): Promise<FileCheckpoint | undefined> {
    for (const file of this.#likely(found).reverse()) {
      if (file.offset <= found.size && (await beginsAs(handle, file.fingerprint))) return file
    }
    return undefined
  }

  /** The file of which `copytruncate` has made the found one. */
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

  /** Those whose checkpoints are still to be kept. */
  kept(nowMs: number): FileCheckpoint[] {
    if (nowMs - this.#loadedMs < KEEP_LOADED_MS) return [...this]
    return [...this].filter(({ seenMs }) => nowMs - seenMs < FORGET_MS)
  }
}
