import { type BigIntStats, constants, type Dirent } from 'node:fs'
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises'
import { hasRawPaths, pathOfBytes, rawPath } from './raw-path.ts'

/** Node decodes bytes that are not UTF-8 to this character. */
const REPLACEMENT = '\ufffd'

/** The entries of a directory. Names are read as bytes only if one of them needs it: large directories are read in each scan. */
export async function entriesOf(directory: string): Promise<Dirent[]> {
  const path = rawPath(directory)
  const entries = await readdir(path, { withFileTypes: true })
  if (!hasRawPaths || !entries.some(({ name }) => name.includes(REPLACEMENT))) return entries
  const raw = await readdir(path, { withFileTypes: true, encoding: 'buffer' })
  return raw.map((entry) => Object.assign(entry, { name: pathOfBytes(entry.name) }) as unknown as Dirent)
}

/** The path without links. */
export async function realPathOf(path: string): Promise<string> {
  return hasRawPaths ? pathOfBytes(await realpath(rawPath(path), { encoding: 'buffer' })) : realpath(path)
}

/** Follows links. */
export function statsOf(path: string): Promise<BigIntStats> {
  return stat(rawPath(path), { bigint: true })
}

/**
 * Opens a file for reading. Does not block: if a FIFO has taken the place of the file, opening it would wait for a writer and occupy
 * one of the few threads that serve all files of the process.
 */
export function openForReading(path: string): Promise<FileHandle> {
  return open(rawPath(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
}
