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
  /** Something is on disk that nobody sends yet. */
  readonly found: () => void
  /** The batch is in memory only again, and is to be kept as soon as that is possible. */
  readonly keepAnew: (batch: ProducerBatch) => void
}

/** What the spool tells by itself: records that were found, that are lost, or that are not this producer's any more. */
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

  /** What was taken has a batch, which is told by its failure. */
  onLost({ records, counts }: Tally, state: 'waiting' | 'taken'): void {
    if (state === 'waiting') this.#parts.disk.remove(counts)
    this.#parts.listener.lost(state === 'waiting' ? counts : 0, records)
  }

  /**
   * Another process took this one for dead, and sends all that was on disk: what is on the wire goes on, from memory, and may be
   * stored twice, under one pack id. Or the directory is gone: what is in memory is written again.
   */
  onLeft(left: Tally, isLeft: (id: number) => boolean, why: 'taken over' | 'gone'): void {
    const { disk, listener, directory } = this.#parts
    let { records, counts } = left
    for (const batch of [...disk.both]) {
      if (!isLeft(batch.kept as number)) continue
      // Of one that was split, parts have their verdict.
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
    // Who tidies old files may take the directory of an idle spool: nothing is lost then.
    if (left.records > 0) listener.troubled(spoolGone(directory))
  }

  /** What has its bytes on disk alone is told to be damaged by its next attempt. */
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
