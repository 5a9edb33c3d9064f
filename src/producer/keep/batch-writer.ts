import type { Clock } from '../../core/clock.ts'
import { ProducerError } from '../../core/errors.ts'
import type { Payload } from '../../sls/sink.ts'
import type { Spool } from '../../spool/spool.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { decodeKept, encodeKept, encodeOrigins, groupOf, type KeptBatch } from './batch-codec.ts'
import type { OpenedSpool } from './spool-opening.ts'

export interface BatchWriterParts {
  readonly clock: Clock
  readonly compress: (raw: Buffer) => Promise<Payload>
}

/** Number of batches that are compressed for the disk at the same time. */
const COMPRESSED_AT_ONCE = 2

/** Writes batches to the spool as payloads of requests, and reads them back. */
export class BatchWriter {
  readonly #parts: BatchWriterParts
  readonly #opened: OpenedSpool
  readonly #compressing: Promise<unknown>[] = Array.from({ length: COMPRESSED_AT_ONCE }, () => Promise.resolve())
  #issued: Promise<unknown> = Promise.resolve()
  #turn = 0

  constructor(parts: BatchWriterParts, opened: OpenedSpool) {
    this.#parts = parts
    this.#opened = opened
  }

  /**
   * Appends in the order of the calls, also if the compression of one batch takes longer than that of the next. Resolves to the id of the
   * record, or to undefined if the batch got its verdict meanwhile.
   */
  async append(batch: ProducerBatch): Promise<number | undefined> {
    const turn = this.#turn++ % COMPRESSED_AT_ONCE
    const payload = (this.#compressing[turn] as Promise<unknown>).then(() => this.#payloadOf(batch))
    this.#compressing[turn] = payload.catch(() => {})
    const appended = this.#issued.then(async () => {
      const [bytes, spool] = await Promise.all([payload, this.#opened.whenOpen()])
      if (batch.hasEnded || bytes === undefined) return undefined
      const body = encodeKept({ packId: batch.sealed.packId, payload: bytes })
      // In an object, so that the promise is not awaited here: the next append starts before this one is on disk.
      return { id: spool.append({ ...this.#recordHead(batch), body }) }
    })
    this.#issued = appended.catch(() => {})
    return (await appended)?.id
  }

  /** Writes synchronously, because the process ends. Returns the number of logs that could not be written. */
  lastWrite(batches: readonly ProducerBatch[]): number {
    return this.#opened.lastWrite(
      batches.map((batch) => ({ ...this.#recordHead(batch), body: encodeKept(keptNow(batch)) })),
    )
  }

  /** @throws ProducerError `ERR_LOGHUB_SPOOL_CORRUPT` if the record is damaged */
  async read(id: number): Promise<KeptBatch> {
    const record = await (this.#opened.spool as Spool).read(id)
    const kept = record && decodeKept(record.body)
    if (kept !== undefined) return kept
    throw new ProducerError('ERR_LOGHUB_SPOOL_CORRUPT', 'the batch was damaged on disk: its logs are lost')
  }

  /** Frees the bytes of a batch that is on disk and is not sent soon. They are read back when they are needed. */
  letGoOfBytes(batch: ProducerBatch): void {
    const id = batch.kept
    const { body } = batch.sealed
    if (id === undefined || batch.inFlight || batch.isRestored || batch.hasEnded) return
    if (body.isElsewhere && body.payload === undefined) return
    body.moveElsewhere(async () => (await this.read(id)).payload)
  }

  async #payloadOf(batch: ProducerBatch): Promise<Payload | undefined> {
    if (batch.hasEnded) return undefined
    if (batch.payload !== undefined) return batch.payload
    const payload = await this.#parts.compress(batch.raw)
    if (!batch.hasEnded && batch.payload === undefined && !batch.isRestored) batch.keepCompressed(payload)
    return payload
  }

  #recordHead(batch: ProducerBatch) {
    const { clock } = this.#parts
    const timeMs = clock.now() - (clock.monotonicMs() - batch.openedAtMs)
    const note = encodeOrigins(batch.origins)
    return { group: groupOf(batch.key), count: batch.sealed.logCount, timeMs, note }
  }
}

function keptNow(batch: ProducerBatch): KeptBatch {
  const { packId, rawSizeInBytes } = batch.sealed
  const payload = batch.payload ?? { bytes: batch.raw, rawSizeInBytes, compression: 'none' as const }
  return { packId, payload }
}
