import type { Origin } from '../../../producer/sends/origin.ts'
import { type FileCheckpoint, isFile } from './file-checkpoint.ts'

/** A file as the origin of its logs names it: all that a checkpoint has but how far it is. */
export type OriginFile = Omit<FileCheckpoint, 'offset' | 'seenMs'>

/** What an origin calls a file of an input. */
export function originName(
  input: string,
  { fileId, start, path, realPath, device, inode, fingerprint }: OriginFile,
): string {
  return JSON.stringify({ input, fileId, start, path, realPath, device, inode, fingerprint })
}

/** Of which input an origin is; undefined where it is of none that reads files. */
export function inputOf({ name }: Origin): string | undefined {
  const input = parsed(name)?.input
  return typeof input === 'string' ? input : undefined
}

/** The file that an origin names; undefined where it names none. */
export function fileOf({ name }: Origin): OriginFile | undefined {
  const { input: _, ...file } = parsed(name) ?? {}
  return isFile(file) ? file : undefined
}

function parsed(name: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(name)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
