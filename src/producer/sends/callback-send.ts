import { type ProducerError, toError } from '../../core/errors.ts'
import { watchForeign } from '../../core/safe-emitter.ts'
import { type ForeignErrorReport, MAX_RUN_LOGS, type PendingSend, type SendRun } from './pending-send.ts'
import type { SendResult } from './send-result.ts'

/** Called once with what became of the send: `error` is null on success. */
export type SendCallback = (error: ProducerError | null, result: SendResult | undefined) => void

/** Measured on Node 20, for a log: an object that waits, its place in the batch, and a small closure. */
const HELD_BYTES = 96

/** A send that is told by a callback. */
export class CallbackSend implements PendingSend {
  readonly logCount: number
  readonly callback: SendCallback
  readonly isDurable: boolean

  constructor(logCount: number, callback: SendCallback, isDurable = false) {
    this.logCount = logCount
    this.callback = callback
    this.isDurable = isDurable
  }

  get heldBytes(): number {
    return HELD_BYTES
  }

  settle(error: ProducerError | null, result: SendResult | undefined, report: ForeignErrorReport): void {
    callBack(this.callback, error, result, report)
  }

  follow(last: PendingSend | undefined): PendingSend | undefined {
    if (this.logCount !== 1) return this
    const isOpen = last instanceof CallbackRun && last.logCount < MAX_RUN_LOGS
    if (isOpen && last.callback === this.callback && last.isDurable === this.isDurable) {
      last.logCount++
      return undefined
    }
    return new CallbackRun(this.callback, 1, this.isDurable)
  }
}

/** Single logs in a row with the very same callback, which is called once for each. */
class CallbackRun implements SendRun {
  readonly callback: SendCallback
  readonly isDurable: boolean
  logCount: number

  constructor(callback: SendCallback, logCount: number, isDurable: boolean) {
    this.callback = callback
    this.logCount = logCount
    this.isDurable = isDurable
  }

  get heldBytes(): number {
    return HELD_BYTES * this.logCount
  }

  settle(error: ProducerError | null, result: SendResult | undefined, report: ForeignErrorReport): void {
    for (let i = 0; i < this.logCount; i++) callBack(this.callback, error, result, report)
  }

  cut(logCount: number): PendingSend {
    return new CallbackRun(this.callback, logCount, this.isDurable)
  }
}

function callBack(
  callback: SendCallback,
  error: ProducerError | null,
  result: SendResult | undefined,
  report: ForeignErrorReport,
): void {
  try {
    watchForeign(callback(error, result), report)
  } catch (thrown) {
    report(toError(thrown))
  }
}
