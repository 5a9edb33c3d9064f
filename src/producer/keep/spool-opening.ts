import type { Clock } from '../../core/clock.ts'
import type { SpoolListener } from '../../spool/options.ts'
import { writeOrphanSlot } from '../../spool/orphan-slot.ts'
import type { Spool, SpoolRecord } from '../../spool/spool.ts'
import { projectOf } from './batch-codec.ts'
import type { ResolvedSpoolConfig } from './spool-config.ts'

/** A spool that is being opened, or is open. */
export interface OpenedSpool {
  /** Rejects where it cannot be opened. */
  readonly ready: Promise<void>
  /** Once it is open. */
  readonly spool: Spool | undefined
  /** Writes in this turn. Returns the logs for which that failed. */
  lastWrite(records: readonly SpoolRecord[]): number
  close(): Promise<void>
}

export type OpenSpool = (listener: SpoolListener) => OpenedSpool

/** Opens a spool on disk. Its code is loaded now: without the option nothing of it is. */
export function spoolOnDisk(config: ResolvedSpoolConfig, clock: Clock): OpenSpool {
  return (listener) => new SpoolOpening(config, clock, listener)
}

class SpoolOpening implements OpenedSpool {
  readonly ready: Promise<void>
  spool: Spool | undefined
  readonly #config: ResolvedSpoolConfig
  readonly #clock: Clock

  constructor(config: ResolvedSpoolConfig, clock: Clock, listener: SpoolListener) {
    this.#config = config
    this.#clock = clock
    this.ready = this.#open(listener)
    this.ready.catch(() => {})
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
    await this.ready.catch(() => {})
    await this.spool?.close()
  }

  async #open(listener: SpoolListener): Promise<void> {
    const { DiskSpool } = await import('../../spool/index.ts')
    const { directory, slot, maxBytes, maxProjectShare, durability, syncIntervalMs } = this.#config
    this.spool = await DiskSpool.open({
      ...this.#config.io,
      directory,
      slot,
      maxBytes,
      maxShare: maxProjectShare,
      durability,
      syncIntervalMs,
      shareOf: projectOf,
      listener,
      clock: this.#clock,
    })
  }
}
