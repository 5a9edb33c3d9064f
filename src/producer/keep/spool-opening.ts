import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { SpoolListener } from '../../spool/options.ts'
import { writeOrphanSlot } from '../../spool/orphan-slot.ts'
import type { Spool, SpoolRecord } from '../../spool/spool.ts'
import { projectOf } from './batch-codec.ts'
import type { ResolvedSpoolConfig } from './spool-config.ts'

/** A spool that is open, or that will be opened as soon as the disk allows it. */
export interface OpenedSpool {
  /** Undefined until the spool is open. */
  readonly spool: Spool | undefined
  /** Resolves when the first attempt is over, successful or not. */
  readonly firstAttempt: Promise<void>
  /** Waits for the attempt in progress. Rejects if the last one failed. */
  whenOpen(): Promise<Spool>
  /** If the last attempt failed, makes the next one now instead of after the pause. */
  tryNow(): void
  /** Writes synchronously. Returns the number of logs that could not be written. */
  lastWrite(records: readonly SpoolRecord[]): number
  close(): Promise<void>
}

export interface OpeningListener extends SpoolListener {
  onOpen(): void
  /** An attempt failed. The next one follows. */
  onFailed(error: Error): void
}

export type OpenSpool = (listener: OpeningListener) => OpenedSpool

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000

/** Opens a spool on disk. Loads the code of the spool, which is not loaded without the option. */
export function spoolOnDisk(config: ResolvedSpoolConfig, clock: Clock): OpenSpool {
  return (listener) => new SpoolOpening(config, clock, listener)
}

class SpoolOpening implements OpenedSpool {
  readonly firstAttempt: Promise<void>
  spool: Spool | undefined
  readonly #config: ResolvedSpoolConfig
  readonly #clock: Clock
  readonly #listener: OpeningListener
  /** Does not keep the process alive. */
  readonly #retry: Alarm
  #attempt: Promise<Spool>
  #retryMs = FIRST_RETRY_MS
  #isClosed = false

  constructor(config: ResolvedSpoolConfig, clock: Clock, listener: OpeningListener) {
    this.#config = config
    this.#clock = clock
    this.#listener = listener
    this.#retry = new Alarm(clock, () => void this.#try(), { isBackground: true })
    this.#attempt = this.#try()
    this.firstAttempt = this.#attempt.then(
      () => {},
      () => {},
    )
  }

  whenOpen(): Promise<Spool> {
    return this.#attempt
  }

  tryNow(): void {
    if (this.#retry.isSet) void this.#try()
  }

  lastWrite(records: readonly SpoolRecord[]): number {
    let lost = 0
    const { spool } = this
    if (spool === undefined) return writeOrphanSlot(this.#config.directory, records, this.#clock.now())
    for (const record of records) {
      try {
        spool.appendSync(record)
      } catch {
        lost += record.count
      }
    }
    return lost
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#retry.clear()
    await this.#attempt.catch(() => {})
    await this.spool?.close()
  }

  #try(): Promise<Spool> {
    this.#retry.clear()
    this.#attempt = this.#open()
    this.#attempt.then(
      () => this.#listener.onOpen(),
      (error) => this.#failed(toError(error)),
    )
    return this.#attempt
  }

  #failed(error: Error): void {
    if (!this.#isClosed) this.#retry.set(this.#clock.monotonicMs() + this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
    this.#listener.onFailed(error)
  }

  async #open(): Promise<Spool> {
    const { DiskSpool } = await import('../../spool/index.ts')
    const { directory, slot, maxBytes, maxProjectShare, durability, syncIntervalMs } = this.#config
    const spool = await DiskSpool.open({
      ...this.#config.io,
      directory,
      slot,
      maxBytes,
      maxShare: maxProjectShare,
      durability,
      syncIntervalMs,
      shareOf: projectOf,
      listener: this.#listener,
      clock: this.#clock,
    })
    this.spool = spool
    return spool
  }
}
