import { Writable } from 'node:stream'
import type { ProducerError } from '../../core/errors.ts'
import type { Log } from '../../sls/wire/log.ts'
import type { SendCallback } from '../sends/callback-send.ts'
import { asLog } from './as-log.ts'

/** Options of `stream`. */
export interface LogStreamOptions {
  /**
   * Called with the error of each log that was not delivered; the stream continues. Default: the first such log destroys the
   * stream, so that `pipeline()` rejects.
   */
  readonly onError?: ((error: ProducerError) => unknown) | undefined
  /** Aborting destroys the stream. */
  readonly signal?: AbortSignal | undefined
  /** Logs that may wait inside the stream. @default 16 */
  readonly highWaterMark?: number | undefined
}

export interface LogStreamTarget {
  trySend(log: Log, callback: SendCallback): boolean
  ready(signal?: AbortSignal): Promise<void>
}

type Done = (error?: Error | null) => void

/**
 * An object-mode Writable: each chunk is the contents of a log, a log with its time, or a line of JSON. It takes no more than the
 * memory budget holds, and finishes when everything written to it is delivered.
 *
 * @example
 * ```ts
 * const stream = producer.stream({ topic: 'import' })
 * stream.write({ row: 1 })
 * stream.end() // `finish` comes when all of it is delivered
 * ```
 */
export class LogStream extends Writable {
  readonly #target: LogStreamTarget
  readonly #onError: ((error: ProducerError) => unknown) | undefined
  #unsettled = 0
  #finish: Done | undefined

  /** @internal */
  constructor(target: LogStreamTarget, options: LogStreamOptions) {
    super({ objectMode: true, highWaterMark: options.highWaterMark, signal: options.signal })
    this.#target = target
    this.#onError = options.onError
  }

  /** @internal */
  override _write(chunk: unknown, _encoding: BufferEncoding, done: Done): void {
    this.#put(chunk).then(() => done(), done)
  }

  /** @internal */
  override _final(done: Done): void {
    if (this.#unsettled === 0) return done()
    this.#finish = done
  }

  async #put(chunk: unknown): Promise<void> {
    const log = asLog(chunk)
    while (!this.destroyed) {
      this.#unsettled++
      if (this.#target.trySend(log, (error) => this.#settled(error))) return
      this.#unsettled--
      await this.#target.ready()
    }
  }

  /** Returns what `onError` does, so that a promise of it is handled with the callbacks. */
  #settled(error: ProducerError | null): unknown {
    this.#unsettled--
    try {
      if (error === null) return undefined
      return this.#onError === undefined ? this.destroy(error) : this.#onError(error)
    } finally {
      if (this.#unsettled === 0) this.#finish?.()
    }
  }
}
