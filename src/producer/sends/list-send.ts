import type { ProducerError } from '../../core/errors.ts'
import type { ForeignErrorReport, PendingSend } from './pending-send.ts'
import { type RefusedLog, refusedLogsFailure, SendError } from './send-error.ts'
import type { SendResult } from './send-result.ts'

/**
 * A list that needs several requests: its send settles once, when all of its logs have their verdict. If some were
 * refused and all others stored, its error names those; any other failure of a part speaks for the whole.
 */
export class ListSend {
  readonly #whole: PendingSend
  readonly #logCount: number
  readonly #results: (SendResult | undefined)[] = []
  readonly #refused: RefusedLog[] = []
  readonly #failures: ProducerError[] = []
  #parts = 0
  #unsettledLogs: number

  constructor(whole: PendingSend, logCount: number) {
    this.#whole = whole
    this.#logCount = logCount
    this.#unsettledLogs = logCount
  }

  /** The first part carries what the whole send holds. `firstIndex` is where it begins in the caller's list. */
  part(logCount: number, firstIndex: number): PendingSend {
    const part = this.#parts++
    return {
      logCount,
      firstIndex,
      heldBytes: part === 0 ? this.#whole.heldBytes : 0,
      settle: (error, result, report) => {
        this.#results[part] = result
        this.#note(part, error)
        this.#unsettledLogs -= logCount
        if (this.#unsettledLogs === 0) this.#settleWhole(report)
      },
    }
  }

  #note(part: number, error: ProducerError | null): void {
    const refused = error instanceof SendError ? error.refusedLogs : []
    if (refused.length > 0) this.#refused.push(...refused)
    else if (error !== null) this.#failures[part] = error
  }

  #settleWhole(report: ForeignErrorReport): void {
    const result = combine(this.#results.filter((part) => part !== undefined))
    this.#whole.settle(this.#failureWith(result) ?? this.#refusal(result), result, report)
  }

  /** Whoever sees only the error must find all parts in it, too. */
  #failureWith(result: SendResult | undefined): ProducerError | null {
    const failure = this.#failures.find((error) => error !== undefined) ?? null
    return failure instanceof SendError && result !== undefined ? new SendError(failure, result) : failure
  }

  #refusal(result: SendResult | undefined): SendError | null {
    if (this.#refused.length === 0 || result === undefined) return null
    const refused = this.#refused.sort((a, b) => a.index - b.index)
    return new SendError(refusedLogsFailure(refused, this.#logCount), result, refused)
  }
}

/** Of the parts, the first that failed speaks for the whole, or else the last. */
function combine(parts: readonly SendResult[]): SendResult | undefined {
  const spokesman = parts.find((part) => !part.successful) ?? parts.at(-1)
  return spokesman && { ...spokesman, parts: parts.flatMap((part) => part.parts ?? [part]) }
}
