import { ProducerError } from '../core/errors.ts'
import { RECORD_HEADER_BYTES } from './record-format.ts'
import type { SpoolRecord } from './spool.ts'
import type { Tallies } from './tallies.ts'

export interface QuotaParts {
  readonly directory: string
  readonly maxBytes: number
  readonly maxShare: number
  readonly tallies: Tallies
  /** Size of all files of the spool. */
  readonly usedBytes: () => number
  /** An append was refused because the files are too large. */
  readonly onFull: () => void
}

/** The limits of a spool: of all files together, and of each share. */
export class Quota {
  readonly #parts: QuotaParts
  /** Size of the records that are being written. */
  #pendingBytes = 0

  constructor(parts: QuotaParts) {
    this.#parts = parts
  }

  /** Throws `ERR_LOGHUB_SPOOL_FULL` if there is no room for the record. */
  check({ group, body, note }: SpoolRecord): void {
    const { maxBytes, directory, tallies, usedBytes, onFull } = this.#parts
    const used = usedBytes() + this.#pendingBytes
    if (used + bytesOf({ group, note, body }) > maxBytes) {
      onFull()
      throw spoolFull(`the spool in ${directory} is full: ${used} of ${maxBytes} bytes are in use`)
    }
    const share = tallies.share(group)
    if (!this.isShareFull(share, body.length)) return
    const taken = tallies.shares.get(share)?.bytes ?? 0
    throw spoolFull(`"${share}" has its share of the spool in ${directory}: ${taken} bytes of it are in use`)
  }

  /** Like {@link check}. The bytes of the record count as used until `write` has ended. */
  async during<T>(record: SpoolRecord, write: () => Promise<T>): Promise<T> {
    this.check(record)
    const bytes = bytesOf(record)
    this.#pendingBytes += bytes
    try {
      return await write()
    } finally {
      this.#pendingBytes -= bytes
    }
  }

  /** A share has a limit of its own while there are others. */
  isShareFull(share: string, bytes: number): boolean {
    const { maxBytes, maxShare, tallies } = this.#parts
    const { shares } = tallies
    const hasOthers = shares.size > (shares.has(share) ? 1 : 0)
    return hasOthers && (shares.get(share)?.bytes ?? 0) + bytes > maxBytes * maxShare
  }
}

export function spoolFull(message: string, cause?: unknown): ProducerError {
  return new ProducerError('ERR_LOGHUB_SPOOL_FULL', message, { retriable: true, cause })
}

function bytesOf({ group, note = '', body }: Pick<SpoolRecord, 'group' | 'note' | 'body'>): number {
  return RECORD_HEADER_BYTES + Buffer.byteLength(group) + Buffer.byteLength(note) + body.length
}
