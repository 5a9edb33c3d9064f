import type { FileHandle } from 'node:fs/promises'
import type { Origin } from '../../../producer/sends/origin.ts'
import type { FoundFile } from './discovery.ts'
import { type FileCheckpoint, FORGET_MS } from './file-checkpoint.ts'
import { beginsAs, FINGERPRINT_BYTES, type Fingerprint, inodeKey } from './file-identity.ts'
import { fileOf } from './file-origin.ts'
import { isNamedAfter } from './siblings.ts'

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
    for (const file of files.values()) {
      const key = inodeKey(file)
      this.#files.set(key, [...(this.#files.get(key) ?? []), file])
    }
  }

  /** All of them, the newest of each inode last. */
  *[Symbol.iterator](): Generator<FileCheckpoint> {
    for (const files of this.#files.values()) yield* files
  }

  has(key: string): boolean {
    return this.#files.has(key)
  }

  /** Takes the place of what the inode was before. */
  set(file: FileCheckpoint): void {
    this.#files.set(inodeKey(file), [file])
  }

  delete(file: FileCheckpoint): void {
    const key = inodeKey(file)
    const left = (this.#files.get(key) ?? []).filter(({ fileId }) => fileId !== file.fileId)
    if (left.length === 0) this.#files.delete(key)
    else this.#files.set(key, left)
  }

  /** Which of them a file is that was found, if any. */
  async find(found: FoundFile, handle: FileHandle): Promise<FileCheckpoint | undefined> {
    for (const file of [...(this.#files.get(inodeKey(found)) ?? [])].reverse()) {
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

  /** Those that are not forgotten yet. */
  kept(nowMs: number): FileCheckpoint[] {
    if (nowMs - this.#loadedMs < KEEP_LOADED_MS) return [...this]
    return [...this].filter(({ seenMs }) => nowMs - seenMs < FORGET_MS)
  }
}
