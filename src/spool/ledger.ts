import { entriesOf, entryFileHeader, entrySeed, readEntryFileHeader, readUint64, seal, writeUint64 } from './checked.ts'
import { isDiskFull, readWhole, type SpoolFile, type SpoolFiles } from './files.ts'
import type { ClosedAt } from './scan-segment.ts'

export const LEDGER_MAGIC = 'LHLEDGER'
const ENTRY_BYTES = 24
const REWRITE_BEYOND = 64 * 1024
const FIRST_SEGMENT = 1
const KINDS = ['created', 'closed', 'retired', 'floor', 'replaced'] as const

export type LedgerEntry =
  | { readonly kind: 'created' | 'retired' | 'floor'; readonly segment: number }
  | { readonly kind: 'closed'; readonly segment: number; readonly closedAt: ClosedAt }
  | ReplacedEntry

interface ReplacedEntry {
  readonly kind: 'replaced'
  readonly segment: number
  readonly by: number
  /** The replaced segment is moved to quarantine. */
  readonly isDamaged: boolean
}

interface Known {
  isCreated: boolean
  isRetired: boolean
  closedAt: ClosedAt | undefined
  /** Number of the segment that replaces this one as soon as the ledger has its `created` entry. */
  replacedBy: number | undefined
  isDamaged: boolean
}

/** The ledger of a slot: which segments exist, how many records the closed ones have, and which are retired. */
export class Ledger {
  readonly #files: SpoolFiles
  readonly #path: string
  #file: SpoolFile | undefined
  #seed = 0
  #size = 0
  #floor = 0
  readonly #known = new Map<number, Known>()
  #writes: Promise<unknown> = Promise.resolve()
  readonly #directory: string
  readonly #spoolId: bigint
  #isDoubtful = false

  private constructor(files: SpoolFiles, path: string, directory: string, spoolId: bigint) {
    this.#files = files
    this.#path = path
    this.#directory = directory
    this.#spoolId = spoolId
  }

  /** Reads the spool id in the header of a ledger. Undefined if there is no readable ledger. */
  static async peek(files: SpoolFiles, path: string): Promise<{ spoolId: bigint; version: number } | undefined> {
    return readEntryFileHeader(await readWhole(files, path), LEDGER_MAGIC)
  }

  /** Reads the ledger of a slot that another process may own. Nothing can be added to it. */
  static async read(files: SpoolFiles, path: string, spoolId: bigint): Promise<Ledger> {
    const ledger = new Ledger(files, path, '', spoolId)
    const bytes = await readWhole(files, path)
    const seed = entrySeed(entryFileHeader({ magic: LEDGER_MAGIC, spoolId, segment: 0 }))
    for (const entry of entriesOf(bytes, ENTRY_BYTES, seed)) ledger.#apply(decode(entry))
    return ledger
  }

  /**
   * Reads the ledger of a slot, or creates it. `directory` is synced after its file was created. A file that is not the ledger of this
   * spool, or whose header is damaged, is given to `setAside`. If the disk is full, the file is created before the first entry is added.
   */
  static async open(
    files: SpoolFiles,
    path: string,
    directory: string,
    spoolId: bigint,
    setAside: (path: string) => Promise<void>,
  ): Promise<Ledger> {
    const ledger = new Ledger(files, path, directory, spoolId)
    const bytes = await readWhole(files, path)
    // The checksum of an entry includes the checksum of the header: entries are valid also if the header is damaged.
    const seed = entrySeed(entryFileHeader({ magic: LEDGER_MAGIC, spoolId, segment: 0 }))
    for (const entry of entriesOf(bytes, ENTRY_BYTES, seed)) ledger.#apply(decode(entry))
    const isOurs = readEntryFileHeader(bytes, LEDGER_MAGIC)?.spoolId === spoolId
    if (isOurs && bytes.length <= REWRITE_BEYOND) await ledger.#continue(bytes)
    else {
      // A person may want to look at the file.
      if (bytes.length > 0 && !isOurs) await setAside(path)
      await ledger.#rewrite().catch((error) => {
        if (!isDiskFull(error)) throw error
        ledger.#isDoubtful = true
      })
    }
    return ledger
  }

  /** False if the file could not be created on a full disk. */
  get isOpen(): boolean {
    return this.#file !== undefined
  }

  /** A write failed, so the end of the file is unknown. The file is rewritten before the next entry is added. */
  get isDoubtful(): boolean {
    return this.#isDoubtful
  }

  /** Numbers of the segments that were created and not retired. */
  get existing(): readonly number[] {
    return [...this.#known.keys()].filter((segment) => this.isCreated(segment) && !this.isRetired(segment))
  }

  get highestSegment(): number {
    return Math.max(this.#floor - 1, ...this.#known.keys())
  }

  closedAt(segment: number): ClosedAt | undefined {
    return this.#known.get(segment)?.closedAt
  }

  isCreated(segment: number): boolean {
    return this.#known.get(segment)?.isCreated ?? false
  }

  isRetired(segment: number): boolean {
    if (segment < this.#floor) return true
    const known = this.#known.get(segment)
    return known !== undefined && (known.isRetired || this.#isReplaced(known))
  }

  /** The segment was replaced and contains damage: it is moved to quarantine instead of being removed. */
  isForQuarantine(segment: number): boolean {
    const known = this.#known.get(segment)
    return known?.isDamaged === true && !known.isRetired && this.#isReplaced(known)
  }

  /** Adds entries in the order of the calls. They are on disk when it resolves. */
  add(entries: readonly LedgerEntry[]): Promise<void> {
    const write = this.#writes.then(() => this.#append(entries))
    this.#writes = write.catch(() => {})
    return write
  }

  async close(): Promise<void> {
    await this.#writes
    await this.#file?.close()
  }

  async #append(entries: readonly LedgerEntry[]): Promise<void> {
    if (this.#isDoubtful) await this.#rewrite()
    const file = this.#file as SpoolFile
    const bytes = Buffer.concat(entries.map((entry) => encode(entry, this.#seed)))
    if (bytes.length === 0) return
    this.#isDoubtful = true
    await file.write([bytes], this.#size)
    await file.sync()
    this.#isDoubtful = false
    this.#size += bytes.length
    for (const entry of entries) this.#apply(entry)
  }

  #apply(entry: LedgerEntry): void {
    const { segment } = entry
    if (entry.kind === 'floor') {
      this.#floor = Math.max(this.#floor, segment)
      for (const number of this.#known.keys()) if (number < segment) this.#known.delete(number)
      return
    }
    if (segment < this.#floor) return
    const known = this.#known.get(segment) ?? unknown()
    this.#known.set(segment, known)
    if (entry.kind === 'closed') known.closedAt = entry.closedAt
    else if (entry.kind === 'created') known.isCreated = true
    else if (entry.kind === 'retired') known.isRetired = true
    else if (entry.kind === 'replaced') Object.assign(known, { replacedBy: entry.by, isDamaged: entry.isDamaged })
  }

  #isReplaced({ replacedBy }: Known): boolean {
    return replacedBy !== undefined && this.isCreated(replacedBy)
  }

  async #continue(bytes: Buffer): Promise<void> {
    this.#seed = entrySeed(bytes)
    this.#size = bytes.length
    this.#file = await this.#files.open(this.#path)
  }

  async #rewrite(): Promise<void> {
    this.#raiseFloor()
    const header = entryFileHeader({ magic: LEDGER_MAGIC, spoolId: this.#spoolId, segment: 0 })
    this.#seed = entrySeed(header)
    const bytes = Buffer.concat([header, ...this.#entries().map((entry) => encode(entry, this.#seed))])
    const next = `${this.#path}.new`
    await this.#files.remove(next)
    const file = await this.#files.create(next)
    try {
      await file.write([bytes], 0)
      await file.sync()
      await this.#files.rename(next, this.#path)
      await this.#files.syncDirectory(this.#directory)
    } catch (error) {
      await file.close().catch(() => {})
      throw error
    }
    await this.#file?.close().catch(() => {})
    this.#file = file
    this.#size = bytes.length
    this.#isDoubtful = false
  }

  /** Raises the floor over retired segments only: a segment without entries may have lost them to damage. */
  #raiseFloor(): void {
    let floor = Math.max(this.#floor, FIRST_SEGMENT)
    while (this.#known.has(floor) && this.isRetired(floor) && !this.isForQuarantine(floor)) floor++
    this.#apply({ kind: 'floor', segment: floor })
  }

  #entries(): LedgerEntry[] {
    const entries: LedgerEntry[] = this.#floor > 0 ? [{ kind: 'floor', segment: this.#floor }] : []
    for (const [segment, { isCreated, isRetired, closedAt, replacedBy, isDamaged }] of this.#known) {
      if (isCreated) entries.push({ kind: 'created', segment })
      if (closedAt !== undefined) entries.push({ kind: 'closed', segment, closedAt })
      if (replacedBy !== undefined) entries.push({ kind: 'replaced', segment, by: replacedBy, isDamaged })
      if (isRetired) entries.push({ kind: 'retired', segment })
    }
    return entries
  }
}

function unknown(): Known {
  return { isCreated: false, isRetired: false, closedAt: undefined, replacedBy: undefined, isDamaged: false }
}

function encode(entry: LedgerEntry, seed: number): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES)
  bytes.writeUInt8(KINDS.indexOf(entry.kind) + 1, 0)
  bytes.writeUInt32LE(entry.segment, 4)
  if (entry.kind === 'closed') {
    bytes.writeUInt32LE(entry.closedAt.records, 8)
    writeUint64(bytes, entry.closedAt.counts, 12)
  }
  if (entry.kind === 'replaced') {
    bytes.writeUInt8(entry.isDamaged ? 1 : 0, 1)
    bytes.writeUInt32LE(entry.by, 8)
  }
  return seal(bytes, seed)
}

function decode(bytes: Buffer): LedgerEntry {
  const kind = KINDS[bytes.readUInt8(0) - 1] ?? 'created'
  const segment = bytes.readUInt32LE(4)
  if (kind === 'replaced') return { kind, segment, by: bytes.readUInt32LE(8), isDamaged: bytes.readUInt8(1) === 1 }
  if (kind !== 'closed') return { kind, segment }
  return { kind, segment, closedAt: { records: bytes.readUInt32LE(8), counts: readUint64(bytes, 12) } }
}
