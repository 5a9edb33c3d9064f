import { entriesOf, entryFileHeader, entrySeed, readEntryFileHeader, seal } from './checked.ts'
import { readWhole, type SpoolFiles, systemCode } from './files.ts'
import { OpenFiles } from './open-files.ts'
import type { Verdict } from './spool.ts'

export const SETTLEMENTS_MAGIC = 'LHSETTLE'
const ENTRY_BYTES = 16
const VERDICTS = ['delivered', 'failed', 'dropped', 'damaged'] as const satisfies readonly Verdict[]

export interface Settlement {
  readonly ordinal: number
  readonly count: number
}

/** To read settlements, `files` is enough. */
export interface SettlementsContext {
  readonly files: SpoolFiles
  readonly openFiles?: OpenFiles
  /** Settlements could not be written; they are written by the next `flush`. */
  readonly onUnwritten?: () => void
}

/** The settlements of one segment on disk. All settlements of one turn of the event loop are written with one write, without a sync. */
export class Settlements {
  readonly #files: SpoolFiles
  readonly #openFiles: OpenFiles
  readonly #onUnwritten: () => void
  readonly #path: string
  readonly #header: Buffer
  readonly #seed: number
  #size = 0
  #pending: Buffer[] = []
  #writing: Promise<void> | undefined

  constructor(context: SettlementsContext, path: string, spoolId: bigint, segment: number) {
    const { files, openFiles = new OpenFiles(files), onUnwritten = () => {} } = context
    this.#files = files
    this.#openFiles = openFiles
    this.#onUnwritten = onUnwritten
    this.#path = path
    this.#header = entryFileHeader({ magic: SETTLEMENTS_MAGIC, spoolId, segment })
    this.#seed = entrySeed(this.#header)
  }

  /** Reads the settlements. A file of another segment is ignored, and overwritten later. */
  async load(): Promise<Settlement[]> {
    const bytes = await readWhole(this.#files, this.#path)
    const header = readEntryFileHeader(bytes, SETTLEMENTS_MAGIC)
    // The checksum of an entry includes that of the header of this segment: entries are valid also if the header is damaged.
    const isForeign = header !== undefined && entrySeed(bytes) !== this.#seed
    if (isForeign) return []
    this.#size = header === undefined && bytes.length < this.#header.length ? 0 : bytes.length
    return [...entriesOf(bytes, ENTRY_BYTES, this.#seed)].map((entry) => ({
      ordinal: entry.readUInt32LE(0),
      count: entry.readUInt32LE(4),
    }))
  }

  add(ordinal: number, count: number, verdict: Verdict): void {
    const entry = Buffer.alloc(ENTRY_BYTES)
    entry.writeUInt32LE(ordinal, 0)
    entry.writeUInt32LE(count, 4)
    entry.writeUInt8(VERDICTS.indexOf(verdict) + 1, 8)
    this.#pending.push(seal(entry, this.#seed))
    this.#writing ??= Promise.resolve().then(() => this.#write())
  }

  /** Resolves when all settlements are written, or could not be: the records of these are sent again after a restart. */
  async flush(): Promise<void> {
    if (this.#writing === undefined && this.#pending.length > 0) this.#writing = this.#write()
    await this.#writing
  }

  async #write(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const entries = this.#pending
        this.#pending = []
        try {
          await this.#append(entries)
        } catch {
          // Tried again with the next settlement, by `onUnwritten`, and at close.
          this.#pending = entries.concat(this.#pending)
          return this.#onUnwritten()
        }
      }
    } finally {
      this.#writing = undefined
    }
  }

  async #append(entries: readonly Buffer[]): Promise<void> {
    const parts = this.#size === 0 ? [this.#header, ...entries] : entries
    await this.#make()
    await this.#openFiles.use(this.#path, (file) => file.write(parts, this.#size))
    this.#size += parts.reduce((sum, part) => sum + part.length, 0)
  }

  async #make(): Promise<void> {
    if (this.#size > 0) return
    try {
      const file = await this.#files.create(this.#path)
      await file.close()
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
  }
}
