import { Deferred } from '../../core/deferred.ts'
import type { Contents } from '../../sls/wire/log.ts'
import { inputError } from '../host/input-error.ts'
import type { Input, InputContext } from '../input.ts'
import { pause } from '../schedule/pause.ts'
import { Schedule, type ScheduleOptions } from '../schedule/schedule.ts'
import type { WriteTime } from '../write/input-writer.ts'

/** The schedule of `every`, and the time limit of a gather. */
export interface EveryOptions extends ScheduleOptions {
  /** Longest time a gather may take before its signal aborts, in milliseconds. Default: the interval, at least 1000. */
  readonly timeoutMs?: number
}

/** What a gather gets. */
export interface GatherContext {
  /** Aborts at the deadline of this gather, and when the input must end. */
  readonly signal: AbortSignal
  /** Writes one log. Ignored after the deadline of the gather. */
  readonly write: (contents: Contents, time?: WriteTime) => Promise<void>
  /** The context of the input. */
  readonly context: InputContext
}

/** A gather must end within this time after its signal. If it does not, the input fails. */
const GRACE_MS = 1000

/** Makes an input that calls `gather` on a schedule. A gather that throws is counted and logged; the next tick calls it again. */
export function every(options: EveryOptions, gather: (context: GatherContext) => Promise<void> | void): Input {
  return { run: (context) => new Gathering(options, gather, context).run() }
}

class Gathering {
  readonly #options: EveryOptions
  readonly #gather: (context: GatherContext) => Promise<void> | void
  readonly #context: InputContext
  readonly #timeoutMs: number

  constructor(options: EveryOptions, gather: (context: GatherContext) => Promise<void> | void, context: InputContext) {
    this.#options = options
    this.#gather = gather
    this.#context = context
    this.#timeoutMs = options.timeoutMs ?? Math.max(1000, options.intervalMs)
  }

  async run(): Promise<void> {
    const { clock, signal, random } = this.#context
    const schedule = new Schedule(this.#options, clock, random)
    if (this.#context.once) return this.#once()
    while (!signal.aborted) {
      const { delayMs, missed } = schedule.next()
      if (missed > 0) this.#context.count('missedTicks', missed)
      this.#context.beat(delayMs + this.#timeoutMs + 60_000)
      await pause(clock, delayMs, signal)
      if (!signal.aborted) await this.#once()
    }
  }

  async #once(): Promise<void> {
    const { clock, signal: stop, count, logger } = this.#context
    const deadline = new AbortController()
    const cancelTimer = clock.setTimer(
      () => deadline.abort(inputError(`the gather took longer than ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    )
    const ending = () => deadline.abort(stop.reason)
    stop.addEventListener('abort', ending)
    try {
      await this.#untilDeadline(deadline.signal)
    } catch (thrown) {
      if (thrown === IGNORED)
        throw inputError(`a gather did not end within ${GRACE_MS} ms after its signal; its later writes are ignored`)
      if (stop.aborted) return
      if (this.#context.once) throw thrown
      count(deadline.signal.aborted ? 'gatherTimeouts' : 'gatherErrors')
      logger.warn(`a gather failed: ${(thrown as Error)?.message ?? String(thrown)}`)
    } finally {
      cancelTimer()
      stop.removeEventListener('abort', ending)
    }
  }

  /** Resolves with the gather. Rejects if it has not ended within the grace period after its signal. */
  async #untilDeadline(signal: AbortSignal): Promise<void> {
    let isOver = false
    const write = (contents: Contents, time?: WriteTime): Promise<void> => {
      if (!isOver) return this.#context.write(contents, time)
      this.#context.count('lateWrites')
      return Promise.resolve()
    }
    const ignored = new Deferred<never>()
    let cancelGrace = () => {}
    const startGrace = () => {
      cancelGrace = this.#context.clock.setTimer(() => ignored.reject(IGNORED), GRACE_MS)
    }
    signal.addEventListener('abort', startGrace)
    try {
      const gathering = Promise.resolve(this.#gather({ signal, write, context: this.#context }))
      // It may reject later, when nobody waits for it any more.
      gathering.catch(() => {})
      await Promise.race([gathering, ignored.promise])
    } finally {
      isOver = true
      cancelGrace()
      signal.removeEventListener('abort', startGrace)
    }
  }
}

const IGNORED = new Error('the gather ignores its signal')
