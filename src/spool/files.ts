/** An open file of the spool. Positions are explicit; a write is whole or it fails. */
export interface SpoolFile {
  size(): Promise<number>
  /** How many bytes were read: fewer than fit where the file ends. */
  read(into: Uint8Array, position: number): Promise<number>
  write(parts: readonly Uint8Array[], position: number): Promise<void>
  truncate(size: number): Promise<void>
  /** The data, and the size, are on disk afterwards. */
  sync(): Promise<void>
  close(): Promise<void>
  writeSync(parts: readonly Uint8Array[], position: number): void
  syncSync(): void
  closeSync(): void
}

/**
 * The spool's only door to the disk. Tests put one in its place that stops the world after any operation, loses what was
 * not synced, and fails where they want. Files are made for their owner alone.
 */
export interface SpoolFiles {
  /** With its parents; one that is there is fine. */
  makeDirectory(path: string): Promise<void>
  /** The names in a directory; none where there is no directory. */
  list(path: string): Promise<string[]>
  /** One that exists, for reading and writing. */
  open(path: string): Promise<SpoolFile>
  /** One that does not exist yet: fails with EEXIST. */
  create(path: string): Promise<SpoolFile>
  createSync(path: string): SpoolFile
  /** A second name for a file, which must not exist: fails with EEXIST. */
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** One that is not there is fine. */
  remove(path: string): Promise<void>
  removeSync(path: string): void
  exists(path: string): Promise<boolean>
  /** Names that were made, changed and removed in a directory are on disk afterwards. */
  syncDirectory(path: string): Promise<void>
  syncDirectorySync(path: string): void
  /** Whether it is known that no other machine can have this directory open. */
  isLocal(path: string): Promise<boolean>
}

/** The code of a system error, `''` for anything else. */
export function systemCode(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return typeof code === 'string' ? code : ''
}

/** Whether what failed was looked for and is not there. */
export function isGone(error: unknown): boolean {
  return systemCode(error) === 'ENOENT'
}

export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** A whole small file, empty if there is none. */
export async function readWhole(files: SpoolFiles, path: string): Promise<Buffer> {
  let file: SpoolFile
  try {
    file = await files.open(path)
  } catch (error) {
    if (isGone(error)) return Buffer.alloc(0)
    throw error
  }
  try {
    const bytes = Buffer.alloc(await file.size())
    return bytes.subarray(0, await file.read(bytes, 0))
  } finally {
    await file.close()
  }
}
