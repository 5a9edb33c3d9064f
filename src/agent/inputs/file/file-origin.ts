import type { Origin } from '../../../producer/sends/origin.ts'
import { type FileCheckpoint, isFile } from './file-checkpoint.ts'

/** What the origin of a log says about its file: a checkpoint without the position. */
export type OriginFile = Omit<FileCheckpoint, 'offset' | 'seenMs'>

/** The name of an origin: an input and one of its files. */
export function originName(
  input: string,
  { fileId, start, path, realPath, device, inode, fingerprint }: OriginFile,
): string {
  return JSON.stringify({ input, fileId, start, path, realPath, device, inode, fingerprint })
}

/** The id of the input of an origin; undefined if it is not of a file input. */
export function inputOf({ name }: Origin): string | undefined {
  const input = parsed(name)?.input
  return typeof input === 'string' ? input : undefined
}

/** The file of an origin; undefined if it is not of a file input. */
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
