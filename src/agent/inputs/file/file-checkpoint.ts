import { randomBytes } from 'node:crypto'
import type { FileIdentity } from './file-identity.ts'

/** The position of one file. */
export interface FileCheckpoint extends FileIdentity {
  /** Random. Names the file as long as it is the same one; a truncated file gets a new id. */
  readonly fileId: string
  /** Offset of the first line to ship. */
  readonly start: number
  /** The path at which it was found last. */
  readonly path: string
  /** The same without links. */
  readonly realPath?: string
  /** Everything before this offset is settled: delivered, or on disk. */
  readonly offset: number
  /** When it was found last, in epoch milliseconds. After a week without the file its checkpoint is deleted. */
  readonly seenMs: number
}

export interface FileCheckpoints {
  readonly files: readonly FileCheckpoint[]
  /** Always true: a file without a checkpoint has appeared since, so `startAt` does not apply to it. */
  readonly hasStarted: true
}

export const FORGET_MS = 7 * 24 * 3_600_000

/** The saved value without the parts that are not valid: users may edit or damage the file. */
export function readCheckpoints(value: unknown): FileCheckpoints | undefined {
  const { files, hasStarted } = (value ?? {}) as { files?: unknown; hasStarted?: unknown }
  if (!Array.isArray(files) || hasStarted !== true) return undefined
  return { files: files.filter(isCheckpoint), hasStarted }
}

export function newFileId(): string {
  return randomBytes(6).toString('base64url')
}

/** Whether a value identifies a file. */
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
