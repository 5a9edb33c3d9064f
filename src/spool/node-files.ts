import fs, { readFileSync } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import { type SpoolFile, type SpoolFiles, systemCode } from './files.ts'

const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700
// Linux writes at most 1024 buffers in one call.
const PARTS_A_CALL = 1024

/** File systems that only one machine can mount (`f_type` of Linux): ext, xfs, btrfs, tmpfs, overlay, f2fs, zfs. */
const LOCAL_TYPES = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0x2fc12fc1])
/** Errors of a sync of a directory that are ignored: Windows cannot open a directory, and some file systems need no such sync. */
const NO_DIRECTORY_SYNC = new Set(['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EBADF'])

class NodeFile implements SpoolFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < into.length) {
      const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return done
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    let at = position
    for (let first = 0; first < parts.length; first += PARTS_A_CALL) {
      let left: readonly Uint8Array[] = parts.slice(first, first + PARTS_A_CALL)
      while (left.length > 0) {
        const { bytesWritten } = await this.#handle.writev(left as Uint8Array[], at)
        at += bytesWritten
        left = afterBytes(left, bytesWritten)
      }
    }
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size)
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  writeSync(parts: readonly Uint8Array[], position: number): void {
    writeFullySync(this.#handle.fd, parts, position)
  }

  syncSync(): void {
    fs.fdatasyncSync(this.#handle.fd)
  }

  /** A `FileHandle` has no synchronous close; the process ends now anyway. */
  closeSync(): void {}
}

/** For the last write at the exit of the process, when promises are not resolved any more. */
class SyncFile implements SpoolFile {
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
  }

  async size(): Promise<number> {
    return fs.fstatSync(this.#fd).size
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return fs.readSync(this.#fd, into, 0, into.length, position)
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    this.writeSync(parts, position)
  }

  async truncate(size: number): Promise<void> {
    fs.ftruncateSync(this.#fd, size)
  }

  async sync(): Promise<void> {
    this.syncSync()
  }

  async close(): Promise<void> {
    this.closeSync()
  }

  writeSync(parts: readonly Uint8Array[], position: number): void {
    writeFullySync(this.#fd, parts, position)
  }

  syncSync(): void {
    fs.fdatasyncSync(this.#fd)
  }

  closeSync(): void {
    fs.closeSync(this.#fd)
  }
}

export const nodeFiles: SpoolFiles = {
  async makeDirectory(path) {
    try {
      await mkdir(path, { mode: DIRECTORY_MODE })
    } catch (error) {
      // Not with `recursive` at first: on a full disk that fails with ENOENT.
      if (!['EEXIST', 'ENOENT'].includes(systemCode(error))) throw error
      await mkdir(path, { recursive: true, mode: DIRECTORY_MODE })
    }
  },

  async list(path) {
    try {
      return await readdir(path)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return []
      throw error
    }
  },

  open: async (path) => new NodeFile(await open(path, 'r+')),
  create: async (path) => new NodeFile(await open(path, 'wx+', FILE_MODE)),
  createSync: (path) => new SyncFile(fs.openSync(path, 'wx+', FILE_MODE)),
  link,
  rename,
  remove: (path) => rm(path, { force: true }),
  removeSync: (path) => fs.rmSync(path, { force: true }),

  async exists(path) {
    try {
      await stat(path)
      return true
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      throw error
    }
  },

  async syncDirectory(path) {
    try {
      const directory = await open(path, 'r')
      await directory.sync().finally(() => directory.close())
    } catch (error) {
      if (!NO_DIRECTORY_SYNC.has(systemCode(error))) throw error
    }
  },

  syncDirectorySync(path) {
    try {
      const fd = fs.openSync(path, 'r')
      try {
        fs.fsyncSync(fd)
      } finally {
        fs.closeSync(fd)
      }
    } catch (error) {
      if (!NO_DIRECTORY_SYNC.has(systemCode(error))) throw error
    }
  },

  async isLocal(path) {
    if (process.platform !== 'linux') return false
    const { type } = await statfs(path).catch(() => ({ type: 0 }))
    return LOCAL_TYPES.has(type)
  },
}

function afterBytes(parts: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count
  let index = 0
  while (index < parts.length && left >= (parts[index] as Uint8Array).length) {
    left -= (parts[index++] as Uint8Array).length
  }
  const rest = parts.slice(index)
  if (left > 0) rest[0] = (rest[0] as Uint8Array).subarray(left)
  return rest
}

function writeFullySync(fd: number, parts: readonly Uint8Array[], position: number): void {
  let at = position
  for (const part of parts) {
    for (let done = 0; done < part.length; ) {
      const count = fs.writeSync(fd, part, done, part.length - done, at)
      done += count
      at += count
    }
  }
}

/** The boot id of the kernel; the host name if the kernel has none. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return hostname()
  }
}
