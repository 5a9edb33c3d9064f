import { Deferred } from '../../core/deferred.ts'
import type { Contents } from '../../sls/wire/log.ts'
import { inputError } from '../host/input-error.ts'
import type { Input, InputContext } from '../input.ts'
import { pause } from '../schedule/pause.ts'
import { Schedule, type ScheduleOptions } from '../schedule/schedule.ts'
import type { WriteTime } from '../write/input-writer.ts'

/** How often `every` gathers, and for how long. */
export interface EveryOptions extends ScheduleOptions {
  /** Longest a gather may take before its signal aborts. Default: the interval, at least 1000. */
  readonly timeoutMs?: number
}

/** What a gather is given. */
export interface GatherContext {
  /** Aborts at the deadline of this gather and when the input is to end. */
  readonly signal: AbortSignal
  /** Hands over one log. After the deadline of the gather nothing comes of it. */
  readonly write: (contents: Contents, time?: WriteTime) => Promise<void>
  /** What the input as a whole was given. */
  readonly context: InputContext
}

/** After its signal a gather has this long to end; one that ignores it fails the input. */
const GRACE_MS = 1000

/** An input that gathers on a schedule. A gather that throws is counted and told; the next tick gathers again. */
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
        throw inputError(`a gather ran on ${GRACE_MS} ms after its signal; what it still writes is thrown away`)
      if (stop.aborted) return
      if (this.#context.once) throw thrown
      count(deadline.signal.aborted ? 'gatherTimeouts' : 'gatherErrors')
      logger.warn(`a gather failed: ${(thrown as Error)?.message ?? String(thrown)}`)
    } finally {
      cancelTimer()
      stop.removeEventListener('abort', ending)
    }
  }

  /** Ends with the gather, or a grace after its signal. */
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
      // A zombie may reject long after.
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
