import type { ProducerError } from '../../core/errors.ts'
import type { PendingSend } from './pending-send.ts'
import { SendError } from './send-error.ts'
import type { SendResult } from './send-result.ts'

interface Verdict {
  readonly error: ProducerError | null
  readonly result: SendResult | undefined
}

/**
 * A list that needs several requests: its send settles once, when all parts have, with an error if any part failed.
 */
export class ListSend {
  readonly #whole: PendingSend
  readonly #verdicts: Verdict[] = []
  #open = 0

  constructor(whole: PendingSend) {
    this.#whole = whole
  }

  /** Parts are made before any of them can settle. The first carries what the whole send holds. */
  part(logCount: number): PendingSend {
    const index = this.#open++
    return {
      logCount,
      heldBytes: index === 0 ? this.#whole.heldBytes : 0,
      settle: (error, result) => this.#settlePart(index, { error, result }),
    }
  }

  #settlePart(index: number, verdict: Verdict): unknown {
    this.#verdicts[index] = verdict
    if (--this.#open > 0) return undefined
    const { error, result } = combine(this.#verdicts)
    return this.#whole.settle(error, result)
  }
}

/** Of the parts, the first that failed speaks for the whole, or else the last. */
function combine(verdicts: readonly Verdict[]): Verdict {
  const parts = verdicts.flatMap(({ result }) => result ?? [])
  const spokesman = verdicts.find(({ error }) => error !== null) ?? verdicts.at(-1)
  const result = spokesman?.result && { ...spokesman.result, parts }
  const error = spokesman?.error ?? null
  // Whoever sees only the error must find all parts in it, too.
  return { error: error instanceof SendError && result ? new SendError(error, result) : error, result }
}
