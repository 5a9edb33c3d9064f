import { dirname } from 'node:path'
import type { SpoolFile, SpoolFiles } from '../../../src/spool/files.ts'

const SECTOR = 512
/** Of the microtask queue, that a sync takes: enough for a write beside it. */
const SYNC_TURNS = 20

type Write = { readonly position: number; readonly bytes: Uint8Array } | { readonly truncateTo: number }

class Inode {
  /** What a power failure leaves. */
  durable: Buffer = Buffer.alloc(0)
  /** What reading finds. */
  content: Buffer = Buffer.alloc(0)
  unsynced: Write[] = []

  write(write: Write): void {
    this.content = applied(this.content, write)
    this.unsynced.push(write)
  }

  /**
   * Of what is written now; what is written from now on is not covered. Returns what ends it: where it failed, the system takes
   * for written what it has thrown away.
   */
  beginSync(): (isDone: boolean) => void {
    const covered = new Set(this.unsynced)
    return (isDone) => {
      if (isDone) for (const write of covered) this.durable = applied(this.durable, write)
      this.unsynced = this.unsynced.filter((write) => !covered.has(write))
    }
  }

  sync(): void {
    this.beginSync()(true)
  }

  clone(content: Buffer): Inode {
    const copy = new Inode()
    copy.durable = Buffer.from(content)
    copy.content = Buffer.from(content)
    return copy
  }
}

interface NameChange {
  readonly directories: readonly string[]
  readonly set: readonly (readonly [string, Inode | undefined])[]
}

export type Operation =
  | 'list'
  | 'open'
  | 'create'
  | 'link'
  | 'rename'
  | 'remove'
  | 'exists'
  | 'sync-directory'
  | 'make-directory'
  | 'size'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  /** The end of a sync. */
  | 'synced'

/** What a crash leaves of what was not synced. */
export type Remains =
  /** The process died, the system lives. */
  | 'all'
  | 'nothing'
  /** In order, up to so many sectors: torn. */
  | { readonly sectors: number }
  /** Any of it: reordered. */
  | { readonly chance: () => boolean }

/** Thrown, or waited for for ever, by all that comes after the end of the world. */
class WorldStopped extends Error {}

/**
 * A file system in memory that knows what was synced: it stops the world after any operation, then shows what a crash would
 * have left, and fails on demand.
 */
export class FaultyFiles implements SpoolFiles {
  readonly #names = new Map<string, Inode>()
  readonly #durableNames = new Map<string, Inode>()
  #nameChanges: NameChange[] = []
  readonly #directories = new Set<string>()
  operations = 0
  /** The world stops after so many operations. */
  stopAfter = Number.POSITIVE_INFINITY
  /** An error to fail with, or nothing. A write that fails leaves half of its bytes. */
  fault: (operation: Operation, path: string) => string | undefined = () => undefined
  local = true

  get isStopped(): boolean {
    return this.operations >= this.stopAfter
  }

  /** Sectors that were written and not synced. */
  get unsyncedSectors(): number {
    let sectors = 0
    for (const { unsynced } of new Set(this.#names.values()))
      for (const write of unsynced) sectors += sectorsOf(write).length
    return sectors
  }

  get paths(): string[] {
    return [...this.#names.keys()].sort()
  }

  contentOf(path: string): Buffer {
    return this.#inode(path).content
  }

  /** Somebody else changes the file. */
  overwrite(path: string, content: Buffer): void {
    const inode = this.#names.get(path) ?? new Inode()
    inode.content = Buffer.from(content)
    inode.sync()
    this.#names.set(path, inode)
    this.#durableNames.set(path, inode)
  }

  delete(path: string): void {
    this.#names.delete(path)
    this.#durableNames.delete(path)
  }

  /** Somebody deletes all there is; what is open stays open. */
  deleteAll(): void {
    this.#names.clear()
    this.#durableNames.clear()
    this.#directories.clear()
    this.#nameChanges = []
  }

  /** The disk after a crash now. */
  crashed(remains: Remains): FaultyFiles {
    const after = new FaultyFiles()
    for (const directory of this.#directories) after.#directories.add(directory)
    const names = new Map(remains === 'all' ? this.#names : this.#durableNames)
    if (typeof remains === 'object') {
      for (const { set } of this.#nameChanges) {
        if ('chance' in remains && !remains.chance()) continue
        for (const [path, inode] of set) {
          if (inode === undefined) names.delete(path)
          else names.set(path, inode)
        }
      }
    }
    const budget = { sectors: typeof remains === 'object' && 'sectors' in remains ? remains.sectors : 0 }
    const copies = new Map<Inode, Inode>()
    for (const [path, inode] of names) {
      const copy = copies.get(inode) ?? inode.clone(contentAfter(inode, remains, budget))
      copies.set(inode, copy)
      after.#names.set(path, copy)
      after.#durableNames.set(path, copy)
    }
    return after
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#step('make-directory', path)
    this.#directories.add(path)
  }

  async list(path: string): Promise<string[]> {
    await this.#step('list', path)
    const found = new Set<string>()
    for (const each of [...this.#names.keys(), ...this.#directories]) {
      if (each.startsWith(`${path}/`)) found.add(each.slice(path.length + 1).split('/')[0] as string)
    }
    return [...found]
  }

  async open(path: string): Promise<SpoolFile> {
    await this.#step('open', path)
    return this.#handle(path, this.#inode(path))
  }

  async create(path: string): Promise<SpoolFile> {
    await this.#step('create', path)
    return this.#create(path)
  }

  createSync(path: string): SpoolFile {
    this.#stepSync('create', path)
    return this.#create(path)
  }

  async link(from: string, to: string): Promise<void> {
    await this.#step('link', to)
    if (this.#names.has(to)) throw systemError('EEXIST', to)
    this.#rename([dirname(to)], [[to, this.#inode(from)]])
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename', to)
    const inode = this.#inode(from)
    this.#rename(
      [dirname(from), dirname(to)],
      [
        [from, undefined],
        [to, inode],
      ],
    )
  }

  async remove(path: string): Promise<void> {
    await this.#step('remove', path)
    this.#remove(path)
  }

  removeSync(path: string): void {
    this.#stepSync('remove', path)
    this.#remove(path)
  }

  async exists(path: string): Promise<boolean> {
    await this.#step('exists', path)
    return this.#names.has(path)
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#step('sync-directory', path)
    this.#syncDirectory(path)
  }

  syncDirectorySync(path: string): void {
    this.#stepSync('sync-directory', path)
    this.#syncDirectory(path)
  }

  async isLocal(): Promise<boolean> {
    return this.local
  }

  #create(path: string): SpoolFile {
    if (this.#names.has(path)) throw systemError('EEXIST', path)
    const inode = new Inode()
    this.#rename([dirname(path)], [[path, inode]])
    return this.#handle(path, inode)
  }

  #remove(path: string): void {
    if (this.#names.has(path)) this.#rename([dirname(path)], [[path, undefined]])
  }

  #rename(directories: readonly string[], set: NameChange['set']): void {
    for (const [path, inode] of set) {
      if (inode === undefined) this.#names.delete(path)
      else this.#names.set(path, inode)
    }
    this.#nameChanges.push({ directories, set })
  }

  /** Changes of other directories that came before go along: names are journalled in order. */
  #syncDirectory(path: string): void {
    const last = this.#nameChanges.findLastIndex(({ directories }) => directories.includes(path))
    for (const { set } of this.#nameChanges.splice(0, last + 1)) {
      for (const [name, inode] of set) {
        if (inode === undefined) this.#durableNames.delete(name)
        else this.#durableNames.set(name, inode)
      }
    }
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path)
    if (inode === undefined) throw systemError('ENOENT', path)
    return inode
  }

  /** Each operation takes a turn of its own, as a real one does. */
  async #step(operation: Operation, path: string): Promise<void> {
    if (this.isStopped) await new Promise(() => {})
    this.operations++
    await Promise.resolve()
    this.#failIfTold(operation, path)
  }

  #stepSync(operation: Operation, path: string): void {
    if (this.isStopped) throw new WorldStopped()
    this.operations++
    this.#failIfTold(operation, path)
  }

  #failIfTold(operation: Operation, path: string): void {
    const code = this.fault(operation, path)
    if (code !== undefined) throw systemError(code, path)
  }

  #handle(path: string, inode: Inode): SpoolFile {
    const writeAll = (parts: readonly Uint8Array[], position: number) => {
      const bytes = Buffer.concat(parts)
      const code = this.fault('write', path)
      if (code === undefined) return inode.write({ position, bytes })
      inode.write({ position, bytes: bytes.subarray(0, bytes.length >> 1) })
      throw systemError(code, path)
    }
    const begin = async () => {
      if (this.isStopped) await new Promise(() => {})
      this.operations++
    }
    return {
      size: async () => {
        await this.#step('size', path)
        return inode.content.length
      },
      read: async (into, position) => {
        await this.#step('read', path)
        const found = inode.content.subarray(position, position + into.length)
        into.set(found)
        return found.length
      },
      write: async (parts, position) => {
        await begin()
        writeAll(parts, position)
      },
      truncate: async (size) => {
        await this.#step('truncate', path)
        inode.write({ truncateTo: size })
      },
      // It takes a while, in which others write: the world may stop before it has ended.
      sync: async () => {
        const end = inode.beginSync()
        await this.#step('sync', path).catch((error) => {
          end(false)
          throw error
        })
        for (let turn = 0; turn < SYNC_TURNS; turn++) await Promise.resolve()
        await this.#step('synced', path)
        end(true)
      },
      close: async () => {},
      writeSync: (parts, position) => {
        if (this.isStopped) throw new WorldStopped()
        this.operations++
        writeAll(parts, position)
      },
      syncSync: () => {
        this.#stepSync('sync', path)
        inode.sync()
      },
      closeSync: () => {},
    }
  }
}

function applied(content: Buffer, write: Write): Buffer {
  if ('truncateTo' in write)
    return Buffer.concat([content, Buffer.alloc(Math.max(0, write.truncateTo - content.length))]).subarray(
      0,
      write.truncateTo,
    )
  const { position, bytes } = write
  const after = Buffer.alloc(Math.max(content.length, position + bytes.length))
  content.copy(after)
  after.set(bytes, position)
  return after
}

function sectorsOf(write: Write): Write[] {
  if ('truncateTo' in write) return [write]
  const sectors: Write[] = []
  for (let at = 0; at < write.bytes.length; ) {
    const end = Math.min(write.bytes.length, at + SECTOR - ((write.position + at) % SECTOR))
    sectors.push({ position: write.position + at, bytes: write.bytes.subarray(at, end) })
    at = end
  }
  return sectors
}

function contentAfter(inode: Inode, remains: Remains, budget: { sectors: number }): Buffer {
  if (remains === 'all') return inode.content
  if (remains === 'nothing') return inode.durable
  let content: Buffer = Buffer.from(inode.durable)
  for (const write of inode.unsynced.flatMap(sectorsOf)) {
    if ('chance' in remains ? !remains.chance() : budget.sectors-- <= 0) continue
    content = applied(content, write)
  }
  return content
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
