/** An open file of the spool. Positions are explicit. A write writes all bytes, or fails. */
export interface SpoolFile {
  size(): Promise<number>
  /** Returns the number of bytes read: fewer than `into` has if the file ends first. */
  read(into: Uint8Array, position: number): Promise<number>
  write(parts: readonly Uint8Array[], position: number): Promise<void>
  truncate(size: number): Promise<void>
  /** Afterwards the data and the size are on disk. */
  sync(): Promise<void>
  close(): Promise<void>
  writeSync(parts: readonly Uint8Array[], position: number): void
  syncSync(): void
  closeSync(): void
}

/**
 * All access of the spool to the disk. Tests use an implementation that stops after any operation, loses what was not synced, and fails
 * on demand. Only the user of the process can read the files.
 */
export interface SpoolFiles {
  /** Creates the directory and its parents. Does nothing if it exists. */
  makeDirectory(path: string): Promise<void>
  /** Returns the names in a directory: none if there is no directory. */
  list(path: string): Promise<string[]>
  /** Opens an existing file for reading and writing. */
  open(path: string): Promise<SpoolFile>
  /** Creates a file. Fails with EEXIST if it exists. */
  create(path: string): Promise<SpoolFile>
  createSync(path: string): SpoolFile
  /** Gives a file a second name. Fails with EEXIST if that name exists. */
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Does nothing if the file does not exist. */
  remove(path: string): Promise<void>
  removeSync(path: string): void
  exists(path: string): Promise<boolean>
  /** Afterwards the names that were created, changed and removed in the directory are on disk. */
  syncDirectory(path: string): Promise<void>
  syncDirectorySync(path: string): void
  /** Returns true if it is known that no other machine can use this directory. */
  isLocal(path: string): Promise<boolean>
}

/** The code of a system error; `''` for any other value. */
export function systemCode(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return typeof code === 'string' ? code : ''
}

/** Whether the operation failed because the file does not exist. */
export function isGone(error: unknown): boolean {
  return systemCode(error) === 'ENOENT'
}

export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** Reads a small file. Returns an empty buffer if it does not exist. */
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
