import { type ProducerError, toError } from '../../core/errors.ts'
import { watchForeign } from '../../core/safe-emitter.ts'
import type { Origin } from './origin.ts'
import type { ForeignErrorReport, SendRun } from './pending-send.ts'
import type { SendResult } from './send-result.ts'

/** Called once for each run of lines with one verdict, in any order: `error` is null where they are delivered. */
export type LinesSettled = (
  error: ProducerError | null,
  result: SendResult | undefined,
  firstLine: number,
  lineCount: number,
) => void

/** Measured on Node 20: an object that waits and its place in the batch. */
const HELD_BYTES = 96

/** How the lines of a call wait. */
export interface LineSendOptions {
  readonly isDurable?: boolean
  readonly origin?: Origin | undefined
  readonly heldBytes?: number
}

/** Lines of one batch. Where the batch has several verdicts, its lines are told piece by piece. */
export class LineSend implements SendRun {
  readonly firstIndex: number
  readonly logCount: number
  readonly heldBytes: number
  readonly isDurable: boolean
  readonly origin: Origin | undefined
  readonly #settled: LinesSettled
  #cutLogs = 0

  constructor(firstLine: number, logCount: number, settled: LinesSettled, options: LineSendOptions = {}) {
    this.firstIndex = firstLine
    this.logCount = logCount
    this.heldBytes = options.heldBytes ?? HELD_BYTES
    this.isDurable = options.isDurable ?? false
    this.origin = options.origin
    this.#settled = settled
  }

  settle(error: ProducerError | null, result: SendResult | undefined, report: ForeignErrorReport): void {
    try {
      watchForeign(this.#settled(error, result, this.firstIndex, this.logCount), report)
    } catch (thrown) {
      report(toError(thrown))
    }
  }

  /** The first piece carries what the whole holds. */
  cut(logCount: number): LineSend {
    const heldBytes = this.#cutLogs === 0 ? this.heldBytes : 0
    const { isDurable } = this
    const piece = new LineSend(this.firstIndex + this.#cutLogs, logCount, this.#settled, { isDurable, heldBytes })
    this.#cutLogs += logCount
    return piece
  }
}
