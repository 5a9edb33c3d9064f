import type { ProducerError } from '../../core/errors.ts'
import type { PendingSend } from './pending-send.ts'
import type { SendResult } from './send-result.ts'

/**
 * A list that needs several requests: its send settles once, when all parts have, with an error if any part failed.
 */
export class ListSend {
  readonly #whole: PendingSend
  readonly #results: (SendResult | undefined)[] = []
  #open = 0
  #firstError: ProducerError | null = null

  constructor(whole: PendingSend) {
    this.#whole = whole
  }

  /** Parts are made before any of them can settle. The first carries what the whole send holds. */
  part(logCount: number): PendingSend {
    const index = this.#open++
    return {
      logCount,
      heldBytes: index === 0 ? this.#whole.heldBytes : 0,
      settle: (error, result) => this.#settlePart(index, error, result),
    }
  }

  #settlePart(index: number, error: ProducerError | null, result: SendResult | undefined): unknown {
    this.#results[index] = result
    this.#firstError ??= error
    if (--this.#open > 0) return undefined
    return this.#whole.settle(this.#firstError, combine(this.#results.filter((part) => part !== undefined)))
  }
}

/** Of the parts, the first that failed speaks for the whole, or else the last. */
function combine(parts: readonly SendResult[]): SendResult | undefined {
  const spokesman = parts.find((part) => !part.successful) ?? parts.at(-1)
  return spokesman && { ...spokesman, parts }
}
