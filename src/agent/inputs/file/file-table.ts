import { open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type FoundFile, statAll } from './discovery.ts'
import { type FileCheckpoint, type FileCheckpoints, FORGET_MS } from './file-checkpoint.ts'
import { beginsAs, FINGERPRINT_BYTES, type Fingerprint, inodeKey, readFingerprint } from './file-identity.ts'
import { TailedFile, type TailParts } from './tailed-file.ts'

export interface FileTableParts {
  readonly tail: TailParts
  readonly startAt: 'end' | 'beginning'
  readonly saved: FileCheckpoints | undefined
  readonly count: (name: string) => void
  readonly warn: (message: string) => void
}

/** In a directory with more files than this nothing is looked for. */
const MAX_SIBLINGS = 5000

/** The files of an input by what they are, not by their names: who is new, renamed, gone, truncated, or a copy. */
export class FileTable {
  readonly #parts: FileTableParts
  readonly #files = new Map<string, TailedFile>()
  /** Files that were let go, and what a former process knew: should one of them be found, it goes on where it was. */
  readonly #past = new Map<string, FileCheckpoint>()
  readonly #byPath = new Map<string, TailedFile>()
  readonly #warned = new Set<string>()
  #isFirstScan = true

  constructor(parts: FileTableParts) {
    this.#parts = parts
    for (const file of parts.saved?.files ?? []) this.#past.set(inodeKey(file), file)
  }

  get files(): Iterable<TailedFile> {
    return this.#files.values()
  }

  get size(): number {
    return this.#files.size
  }

  byPath(path: string): TailedFile | undefined {
    return this.#byPath.get(path)
  }

  checkpoints(nowMs: number): FileCheckpoints {
    const past = [...this.#past.values()].filter(({ seenMs }) => nowMs - seenMs < FORGET_MS)
    return { hasStarted: true, files: [...past, ...[...this.#files.values()].map((file) => file.checkpoint())] }
  }

  /** Compares with what is there now. */
  async update(found: readonly FoundFile[], nowMs: number, monotonicMs: number): Promise<void> {
    const isVeryFirst = this.#isFirstScan && this.#parts.saved === undefined
    const seen = new Set<string>()
    for (const file of found) {
      const key = inodeKey(file)
      if (seen.has(key)) continue
      seen.add(key)
      const known = this.#files.get(key)
      if (known === undefined) await this.#addFound(file, nowMs, isVeryFirst)
      else this.#seeAgain(known, file, nowMs)
    }
    for (const [key, file] of this.#files) {
      if (seen.has(key) || file.isGone) continue
      file.goneSinceMs = monotonicMs
      file.isReady = true
      if (this.#byPath.get(file.path) === file) this.#byPath.delete(file.path)
      if (file.handle === undefined) await this.#followRename(file)
    }
    if (this.#isFirstScan) await this.#findRotatedMeanwhile(nowMs, monotonicMs)
    this.#isFirstScan = false
  }

  /** It was truncated, or another file has its place: it ends here, and what is there is read from its beginning. */
  async replace(file: TailedFile, nowMs: number): Promise<void> {
    this.#parts.count('truncations')
    await file.close()
    this.#files.delete(inodeKey(file))
    await this.#readCopy(file, nowMs)
    const [found] = await statAll([file.path])
    if (found !== undefined && inodeKey(found) === inodeKey(file)) await this.#add(found, 0, nowMs)
  }

  /** It is read to its end and settled, and will not grow: only how far it was is kept. */
  async letGo(file: TailedFile): Promise<void> {
    await file.close()
    const key = inodeKey(file)
    this.#files.delete(key)
    this.#past.set(key, file.checkpoint())
    if (this.#byPath.get(file.path) === file) this.#byPath.delete(file.path)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()))
  }

  #seeAgain(known: TailedFile, { path, size }: FoundFile, nowMs: number): void {
    known.seenMs = nowMs
    known.goneSinceMs = undefined
    if (known.path !== path) {
      if (this.#byPath.get(known.path) === known) this.#byPath.delete(known.path)
      known.path = path
      this.#byPath.set(path, known)
    }
    if (size !== known.lookedAt) known.isReady = true
  }

  async #addFound(found: FoundFile, nowMs: number, isVeryFirst: boolean): Promise<void> {
    const handle = await this.#tryOpen(found.path)
    if (handle === undefined) return
    try {
      const past = this.#past.get(inodeKey(found))
      if (past !== undefined && past.offset <= found.size && (await beginsAs(handle, past.fingerprint))) {
        this.#past.delete(inodeKey(found))
        return void (await this.#add(found, past.offset, nowMs))
      }
      const fingerprint = await readFingerprint(handle)
      if (await this.#isCopy(found, fingerprint)) return
      const offset = isVeryFirst && this.#parts.startAt === 'end' ? found.size : 0
      await this.#add(found, offset, nowMs, fingerprint)
    } finally {
      await handle.close()
    }
  }

  async #add(found: FoundFile, offset: number, nowMs: number, known?: Fingerprint): Promise<TailedFile | undefined> {
    const fingerprint = known ?? (await this.#fingerprintOf(found.path))
    if (fingerprint === undefined) return undefined
    const file = new TailedFile(found, fingerprint, offset, this.#parts.tail)
    file.seenMs = nowMs
    this.#files.set(inodeKey(file), file)
    this.#byPath.set(file.path, file)
    return file
  }

  /**
   * What `copytruncate` makes: a file beside one that is followed, named after it, that begins and ends as it. Its lines are
   * those of the original; should that be truncated before they are read, they are read here.
   */
  async #isCopy(found: FoundFile, fingerprint: Fingerprint): Promise<boolean> {
    if (fingerprint.bytes < FINGERPRINT_BYTES) return false
    for (const file of this.#files.values()) {
      if (file.fingerprint.digest !== fingerprint.digest || !isNamedAfter(found.path, file.path)) continue
      if (await endsAlike(found, file.path)) return true
    }
    return false
  }

  async #readCopy(file: TailedFile, nowMs: number): Promise<void> {
    if (file.fingerprint.bytes < FINGERPRINT_BYTES) return
    for (const sibling of await siblingsOf(file.path)) {
      const key = inodeKey(sibling)
      if (this.#files.has(key) || this.#past.has(key) || !isNamedAfter(sibling.path, file.path)) continue
      const fingerprint = await this.#fingerprintOf(sibling.path)
      if (fingerprint?.digest !== file.fingerprint.digest) continue
      if (sibling.size > file.offset) await this.#addGone(sibling, file, file.offset, nowMs)
      else this.#past.set(key, { ...sibling, fingerprint, offset: sibling.size, seenMs: nowMs })
    }
  }

  /** A file that was renamed to a name outside the globs while it was closed. */
  async #followRename(file: TailedFile): Promise<void> {
    const renamed = (await siblingsOf(file.path)).find((sibling) => inodeKey(sibling) === inodeKey(file))
    if (renamed !== undefined) file.path = renamed.path
  }

  /** Files that were renamed to a name outside the globs while no agent ran: the rest of them is still to be read. */
  async #findRotatedMeanwhile(nowMs: number, monotonicMs: number): Promise<void> {
    for (const past of [...this.#past.values()]) {
      const sibling = (await siblingsOf(past.path)).find((file) => inodeKey(file) === inodeKey(past))
      if (sibling === undefined || sibling.size <= past.offset) continue
      const handle = await this.#tryOpen(sibling.path)
      if (handle === undefined) continue
      const isSame = await beginsAs(handle, past.fingerprint).finally(() => handle.close())
      if (!isSame) continue
      this.#past.delete(inodeKey(past))
      const file = await this.#addGone(sibling, past, past.offset, nowMs)
      if (file !== undefined) file.goneSinceMs = monotonicMs
    }
  }

  async #addGone(
    sibling: FoundFile,
    origin: { readonly path: string },
    offset: number,
    nowMs: number,
  ): Promise<TailedFile | undefined> {
    const file = await this.#add(
      { ...sibling, path: origin.path },
      offset,
      nowMs,
      await this.#fingerprintOf(sibling.path),
    )
    if (file === undefined) return undefined
    if (this.#byPath.get(origin.path) === file) this.#byPath.delete(origin.path)
    file.path = sibling.path
    file.goneSinceMs = 0
    await file.open().catch(() => undefined)
    return file
  }

  async #fingerprintOf(path: string): Promise<Fingerprint | undefined> {
    const handle = await this.#tryOpen(path)
    if (handle === undefined) return undefined
    return readFingerprint(handle).finally(() => handle.close())
  }

  async #tryOpen(path: string) {
    try {
      return await open(path, 'r')
    } catch (thrown) {
      this.#parts.count('openErrors')
      const { code, message } = thrown as NodeJS.ErrnoException
      if (code !== 'ENOENT' && !this.#warned.has(path) && this.#warned.size < 1000) {
        this.#warned.add(path)
        this.#parts.warn(`${path} cannot be opened: ${message}`)
      }
      return undefined
    }
  }
}

async function siblingsOf(path: string): Promise<FoundFile[]> {
  const directory = dirname(path)
  const names = await readdir(directory).catch(() => [])
  if (names.length > MAX_SIBLINGS) return []
  return statAll(names.map((name) => join(directory, name)))
}

/** Whether the original has the same bytes where the copy ends; it may have been truncated by now, and then only names and beginnings speak. */
async function endsAlike(copy: FoundFile, original: string): Promise<boolean> {
  const from = Math.max(0, copy.size - FINGERPRINT_BYTES)
  const [ofCopy, ofOriginal] = await Promise.all(
    [copy.path, original].map((path) => readAt(path, from, copy.size - from)),
  )
  if (ofCopy === undefined || ofOriginal === undefined || ofOriginal.length < ofCopy.length) return true
  return ofCopy.equals(ofOriginal)
}

async function readAt(path: string, from: number, length: number): Promise<Buffer | undefined> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, from)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** `app.log.1`, `app.log-20260101`, `app-20260101.log` of `app.log`. */
function isNamedAfter(path: string, original: string): boolean {
  if (dirname(path) !== dirname(original) || path === original) return false
  const [name, of] = [basename(path), basename(original)]
  const dot = of.lastIndexOf('.')
  return name.startsWith(of) || (dot > 0 && name.startsWith(of.slice(0, dot)) && name.endsWith(of.slice(dot)))
}
