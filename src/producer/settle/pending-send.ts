import type { ProducerError } from '../../core/errors.ts'
import type { SendResult } from './send-result.ts'

/** Called once with what became of the send: `error` is null on success. */
export type SendCallback = (error: ProducerError | null, result: SendResult | undefined) => void

/**
 * A send whose caller waits. It is settled exactly once: with a result, with the error of a delivery that failed,
 * or, before its logs were accepted, with a refusal, which has no result.
 */
export interface PendingSend {
  readonly logCount: number
  /** Where its first log is in the list of its caller. Default: 0. */
  readonly firstIndex?: number
  /** Bytes that the waiting itself holds, charged to the memory budget beside the encoded logs. */
  readonly heldBytes: number
  /** May throw what a callback throws. A returned promise is the callback's own and may reject. */
  settle(error: ProducerError | null, result: SendResult | undefined): unknown
}

/** Measured on Node 20: a pending promise with its two functions, and this object. */
const PROMISE_SEND_BYTES = 256
/** Measured on Node 20: this object, its place in the batch, and a small closure. */
const CALLBACK_SEND_BYTES = 96

export class CallbackSend implements PendingSend {
  readonly logCount: number
  readonly #callback: SendCallback

  constructor(logCount: number, callback: SendCallback) {
    this.logCount = logCount
    this.#callback = callback
  }

  get heldBytes(): number {
    return CALLBACK_SEND_BYTES
  }

  settle(error: ProducerError | null, result: SendResult | undefined): unknown {
    return this.#callback(error, result)
  }
}

export class PromiseSend implements PendingSend {
  readonly logCount: number
  readonly promise: Promise<SendResult>
  #resolve!: (result: SendResult) => void
  #reject!: (error: ProducerError) => void

  constructor(logCount: number) {
    this.logCount = logCount
    this.promise = new Promise<SendResult>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get heldBytes(): number {
    return PROMISE_SEND_BYTES
  }

  settle(error: ProducerError | null, result: SendResult | undefined): void {
    if (error === null) return this.#resolve(result as SendResult)
    // A caller that does not wait must not bring the process down. Handled here and not at birth: most sends succeed.
    this.promise.catch(() => {})
    this.#reject(error)
  }
}
