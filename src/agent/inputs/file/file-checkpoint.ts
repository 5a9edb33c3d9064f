import { randomBytes } from 'node:crypto'
import type { FileIdentity } from './file-identity.ts'

/** How far one file is shipped. */
export interface FileCheckpoint extends FileIdentity {
  /** Random: of one file as long as it is the same. A truncation makes another of it. */
  readonly fileId: string
  /** Where its first line is that was to be shipped. */
  readonly start: number
  /** Where it was seen last. */
  readonly path: string
  /** The same without links. */
  readonly realPath?: string
  /** Everything before it is settled. */
  readonly offset: number
  /** When it was seen last, in epoch milliseconds: what is gone for a week is forgotten. */
  readonly seenMs: number
}

export interface FileCheckpoints {
  readonly files: readonly FileCheckpoint[]
  /** Files that are not here were there before and `startAt` decided over them, or appear later. */
  readonly hasStarted: true
}

export const FORGET_MS = 7 * 24 * 3_600_000

/** What was saved, as far as it is what it should be: the file is the user's to damage. */
export function readCheckpoints(value: unknown): FileCheckpoints | undefined {
  const { files, hasStarted } = (value ?? {}) as { files?: unknown; hasStarted?: unknown }
  if (!Array.isArray(files) || hasStarted !== true) return undefined
  return { files: files.filter(isCheckpoint), hasStarted }
}

export function newFileId(): string {
  return randomBytes(6).toString('base64url')
}

/** Whether a value says which file is meant. */
export function isFile(value: unknown): value is Omit<FileCheckpoint, 'offset' | 'seenMs'> {
  const file = value as Partial<FileCheckpoint> | null
  return (
    typeof file?.device === 'string' &&
    typeof file.inode === 'string' &&
    typeof file.path === 'string' &&
    (file.realPath === undefined || typeof file.realPath === 'string') &&
    typeof file.fileId === 'string' &&
    isOffset(file.start) &&
    typeof file.fingerprint?.digest === 'string' &&
    Number.isSafeInteger(file.fingerprint?.bytes)
  )
}

function isCheckpoint(value: unknown): value is FileCheckpoint {
  const { offset, seenMs } = (value ?? {}) as Partial<FileCheckpoint>
  return isFile(value) && isOffset(offset) && typeof seenMs === 'number'
}

function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
