import type { SpoolListener } from '../../spool/options.ts'
import type { Tally } from '../../spool/spool.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { DiskAccount } from './disk-account.ts'
import type { KeepListener } from './keep-parts.ts'
import { spoolGone } from './spool-error.ts'

export interface DiskNewsParts {
  readonly directory: string
  readonly disk: DiskAccount
  readonly listener: Pick<KeepListener, 'recovered' | 'lost' | 'detach' | 'troubled'>
  /** Batches were found on disk: replay can start. */
  readonly found: () => void
  /** The batch is in memory only again: it has to be written to disk as soon as possible. */
  readonly keepAnew: (batch: ProducerBatch) => void
}

/** Handles the events of the spool: records were recovered, are lost, or were taken over by another process. */
export class DiskNews implements Required<Pick<SpoolListener, 'onRecovered' | 'onLost' | 'onLeft'>> {
  readonly #parts: DiskNewsParts

  constructor(parts: DiskNewsParts) {
    this.#parts = parts
  }

  onRecovered({ records, counts }: Tally): void {
    this.#parts.disk.add(counts)
    this.#parts.listener.recovered(counts, records)
    this.#parts.found()
  }

  /** A taken record has a batch: the failure of that batch reports the loss of its logs. */
  onLost({ records, counts }: Tally, state: 'waiting' | 'taken'): void {
    if (state === 'waiting') this.#parts.disk.remove(counts)
    this.#parts.listener.lost(state === 'waiting' ? counts : 0, records)
  }

  /**
   * `taken over`: another process considered this one dead, and sends everything that was on disk. A batch in flight is sent from memory; it
   * may be stored twice, with the same pack id. `gone`: files were deleted, and batches whose bytes are in memory are written again.
   */
  onLeft(left: Tally, isLeft: (id: number) => boolean, why: 'taken over' | 'gone'): void {
    const { disk, listener, directory } = this.#parts
    let { records, counts } = left
    for (const batch of [...disk.both]) {
      if (!isLeft(batch.kept as number)) continue
      // Parts of a batch that was split may have their verdict.
      counts -= batch.sealed.logCount
      records--
      if (why === 'gone') this.#keepAnew(batch)
      else if (batch.inFlight) this.#backInMemory(batch)
      else {
        counts += batch.logCount
        listener.detach(batch)
      }
    }
    if (why === 'taken over') return disk.handOver(counts)
    disk.remove(counts)
    if (records > 0) listener.lost(counts, records)
    // If somebody deleted the directory of an empty spool, nothing is lost.
    if (left.records > 0) listener.troubled(spoolGone(directory))
  }

  /** If the bytes are on disk only, the next attempt of the batch fails and reports the damage. */
  #keepAnew(batch: ProducerBatch): void {
    const { body } = batch.sealed
    if (body.isElsewhere && body.payload === undefined) return
    this.#backInMemory(batch)
    this.#parts.keepAnew(batch)
  }

  #backInMemory(batch: ProducerBatch): void {
    batch.kept = undefined
    this.#parts.disk.leaveMemory(batch)
    this.#parts.disk.remove(batch.logCount)
  }
}
