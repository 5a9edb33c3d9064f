import type { ProducerError } from '../../core/errors.ts'
import type { ForeignErrorReport, PendingSend } from './pending-send.ts'
import { type RefusedLog, refusedLogsFailure, SendError, type StoredLogs } from './send-error.ts'
import type { SendResult } from './send-result.ts'

/**
 * A list that needs several requests: its send settles once, when all of its logs have their verdict. If some were
 * refused and all others stored, its error names those; any other failure of a part speaks for the whole, and tells which
 * logs are stored all the same.
 */
export class ListSend {
  readonly #whole: PendingSend
  readonly #logCount: number
  readonly #results: (SendResult | undefined)[] = []
  readonly #refused: RefusedLog[] = []
  readonly #failures: ProducerError[] = []
  readonly #stored: StoredLogs[] = []
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
    const isLast = firstIndex + logCount === this.#logCount
    return {
      logCount,
      firstIndex,
      isDurable: this.#whole.isDurable ?? false,
      isSilent: this.#whole.isSilent ?? false,
      origin: isLast ? this.#whole.origin : undefined,
      heldBytes: part === 0 ? this.#whole.heldBytes : 0,
      settle: (error, result, report) => {
        this.#results[part] = result
        this.#note(part, error, { firstIndex, logCount })
        this.#unsettledLogs -= logCount
        if (this.#unsettledLogs === 0) this.#settleWhole(report)
      },
    }
  }

  #note(part: number, error: ProducerError | null, logs: StoredLogs): void {
    const { refusedLogs = [], storedLogs = [] } = error instanceof SendError ? error : {}
    if (refusedLogs.length > 0) this.#refused.push(...refusedLogs)
    else if (error !== null) this.#failures[part] = error
    if (error === null || refusedLogs.length > 0) this.#stored.push(...without(refusedLogs, logs))
    else this.#stored.push(...storedLogs)
  }

  #settleWhole(report: ForeignErrorReport): void {
    const result = combine(this.#results.filter((part) => part !== undefined))
    this.#whole.settle(this.#failureWith(result) ?? this.#refusal(result), result, report)
  }

  /** Whoever sees only the error must find all parts in it, too. */
  #failureWith(result: SendResult | undefined): ProducerError | null {
    const failure = this.#failures.find((error) => error !== undefined) ?? null
    if (!(failure instanceof SendError) || result === undefined) return failure
    const stored = joined(this.#stored)
    const count = stored.reduce((sum, { logCount }) => sum + logCount, 0)
    const told =
      count === 0 || count === this.#logCount
        ? ''
        : `; ${count} of the ${this.#logCount} logs are stored, see storedLogs`
    const { code, message, retriable, status, serverCode, cause } = failure
    return new SendError({ code, message: message + told, retriable, status, serverCode, cause }, result, [], stored)
  }

  #refusal(result: SendResult | undefined): SendError | null {
    if (this.#refused.length === 0 || result === undefined) return null
    const refused = this.#refused.sort((a, b) => a.index - b.index)
    return new SendError(refusedLogsFailure(refused, this.#logCount), result, refused)
  }
}

/** Logs that were sent together, except for those that were refused. */
function without(refused: readonly RefusedLog[], { firstIndex, logCount }: StoredLogs): StoredLogs[] {
  const stored: StoredLogs[] = []
  let next = firstIndex
  const ends = [...refused.map(({ index }) => index).sort((a, b) => a - b), firstIndex + logCount]
  for (const end of ends) {
    if (end > next) stored.push({ firstIndex: next, logCount: end - next })
    next = end + 1
  }
  return stored
}

/** By rising index, with what is one behind the other put together. */
function joined(stored: readonly StoredLogs[]): StoredLogs[] {
  const ranges: StoredLogs[] = []
  for (const { firstIndex, logCount } of [...stored].sort((a, b) => a.firstIndex - b.firstIndex)) {
    const last = ranges.at(-1)
    const follows = last !== undefined && last.firstIndex + last.logCount === firstIndex
    if (follows) ranges[ranges.length - 1] = { ...last, logCount: last.logCount + logCount }
    else ranges.push({ firstIndex, logCount })
  }
  return ranges
}

/** Of the parts, the first that failed speaks for the whole, or else the last. */
function combine(parts: readonly SendResult[]): SendResult | undefined {
  const spokesman = parts.find((part) => !part.successful) ?? parts.at(-1)
  return spokesman && { ...spokesman, parts: parts.flatMap((part) => part.parts ?? [part]) }
}
