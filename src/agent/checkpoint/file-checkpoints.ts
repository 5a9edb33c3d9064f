import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { open, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Alarm } from '../../core/alarm.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { type CheckpointStore, type CheckpointValue, readCheckpoint } from './checkpoint-store.ts'

/** Options of `FileCheckpoints`. */
export interface FileCheckpointsParts {
  /** The directory. Created if it does not exist; only its owner can read it. */
  readonly directory: string
  /** Source of time, for tests. Default: the system's. */
  readonly clock?: Clock
  /** Receives a warning if the file cannot be written. */
  readonly logger: Logger
  /** Shortest time between two writes, in milliseconds. Default 1000. */
  readonly intervalMs?: number
}

const FILE = 'checkpoints.json'
const VERSION = 1

/**
 * Checkpoints of all inputs in one small file. It is replaced atomically, at most once a second and at the end, so that after a crash it is
 * the last version or the one before. If it cannot be written, for example on a full disk, the inputs continue and it is tried again.
 */
export class FileCheckpoints implements CheckpointStore {
  readonly #parts: FileCheckpointsParts
  readonly #clock: Clock
  readonly #path: string
  readonly #values: Map<string, CheckpointValue>
  readonly #alarm: Alarm
  #isDirty = false
  #lastWriteMs = Number.NEGATIVE_INFINITY
  #writing: Promise<void> | undefined
  #hasFailed = false
  /** The file as this process has written it last. */
  #written: string | undefined
  #hasWarned = false
  #isClosed = false

  /** @throws an error of the file system if the directory cannot be created or the file cannot be read */
  constructor(parts: FileCheckpointsParts) {
    this.#parts = parts
    this.#clock = parts.clock ?? systemClock
    mkdirSync(parts.directory, { recursive: true, mode: 0o700 })
    this.#path = join(parts.directory, FILE)
    this.#values = readValues(this.#path, parts.logger)
    this.#alarm = new Alarm(this.#clock, () => void this.#write())
  }

  /** The directory of its file. */
  get directory(): string {
    return this.#parts.directory
  }

  load(id: string): unknown {
    return readCheckpoint(this.#values.get(id))
  }

  save(id: string, value: CheckpointValue): void {
    this.#values.set(id, value)
    this.#isDirty = true
    this.#schedule()
  }

  async flush(): Promise<void> {
    await this.#writing
    if (this.#isDirty) await this.#write()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#alarm.clear()
    await this.flush()
  }

  #schedule(): void {
    if (this.#alarm.isSet || this.#writing !== undefined || this.#isClosed) return
    this.#alarm.set(Math.max(this.#clock.monotonicMs(), this.#lastWriteMs + (this.#parts.intervalMs ?? 1000)))
  }

  #write(): Promise<void> {
    this.#alarm.clear()
    this.#writing ??= this.#replace().finally(() => {
      this.#writing = undefined
      if (this.#isDirty) this.#schedule()
    })
    return this.#writing
  }

  #read(): object {
    return Object.fromEntries([...this.#values].map(([id, value]) => [id, readCheckpoint(value)]))
  }

  /** Two agents with one directory would overwrite each other's checkpoints, and send the same files twice. */
  async #warnOfAnotherWriter(): Promise<void> {
    const found = await signatureOf(this.#path)
    if (this.#written === undefined || found === undefined || found === this.#written || this.#hasWarned) return
    this.#hasWarned = true
    this.#parts.logger.warn(`another process writes ${this.#path}: give each agent a state directory of its own`)
  }

  async #replace(): Promise<void> {
    this.#isDirty = false
    this.#lastWriteMs = this.#clock.monotonicMs()
    try {
      await this.#warnOfAnotherWriter()
      await replaceFile(this.#path, JSON.stringify({ version: VERSION, inputs: this.#read() }))
      this.#written = await signatureOf(this.#path)
      this.#hasFailed = false
    } catch (thrown) {
      this.#isDirty = true
      if (!this.#hasFailed) this.#parts.logger.warn(`checkpoints cannot be written: ${toError(thrown).message}`)
      this.#hasFailed = true
    }
  }
}

/** What distinguishes two versions of a file; undefined if it does not exist. */
async function signatureOf(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined)
  return stats && `${stats.ino}:${stats.mtimeNs}`
}

async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.new`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.datasync()
  } catch (thrown) {
    await file.close()
    await unlink(next).catch(() => {})
    throw thrown
  }
  await file.close()
  await rename(next, path)
}

/** A file with invalid content is renamed: to start without checkpoints is better than not to start. */
function readValues(path: string, logger: Logger): Map<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw thrown
  }
  try {
    const { version, inputs } = JSON.parse(text) as { version: number; inputs: Record<string, unknown> }
    if (version !== VERSION) throw new Error(`its version is ${version}, this program knows ${VERSION}`)
    return new Map(Object.entries(inputs))
  } catch (thrown) {
    renameSync(path, `${path}.damaged`)
    logger.warn(`${path} is not valid and was renamed to .damaged: ${toError(thrown).message}`)
    return new Map()
  }
}
