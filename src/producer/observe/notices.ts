import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import type { SafeEmitter } from '../../core/safe-emitter.ts'
import type { ProducerEvents } from './events.ts'

/** After a notice, the next of its kind waits for this long: an outage must not flood the log. */
const QUIET_MS = 30_000

/**
 * Says on the logger what would go unheard where nobody listens: logs that were given up or refused, with their number,
 * and deliveries that are delayed. The first at once, then at most one of each kind in 30 seconds.
 */
export class Notices {
  readonly #clock: Clock
  readonly #failed: Notice
  readonly #refused: Notice
  readonly #delayed: Notice

  constructor(events: SafeEmitter<ProducerEvents>, clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#failed = new Notice((logCount, why) => logger.error(`${logs(logCount)} not delivered: ${why}`))
    this.#refused = new Notice((logCount, why) => logger.error(`${logs(logCount)} not accepted: ${why}`))
    this.#delayed = new Notice((_, why) => logger.warn(`a delivery is delayed and will be tried again: ${why}`))
    events.on('failure', ({ logCount, error }) => this.#add(this.#failed, logCount, error))
    events.on('refused', ({ logCount, error }) => this.#add(this.#refused, logCount, error))
    events.on('retry', ({ logCount, reason, error }) => {
      // Mended at once, and nothing that anybody could do about.
      if (reason !== 'stale-connection') this.#add(this.#delayed, logCount, error)
    })
  }

  /** The losses that were counted and not yet said. To be called at the end. */
  sayRest(): void {
    this.#failed.say()
    this.#refused.say()
  }

  #add(notice: Notice, logCount: number, error: Error): void {
    notice.add(logCount, error.message, this.#clock.monotonicMs())
  }
}

class Notice {
  readonly #say: (logCount: number, why: string) => void
  #logCount = 0
  #why = ''
  #quietUntilMs = Number.NEGATIVE_INFINITY

  constructor(say: (logCount: number, why: string) => void) {
    this.#say = say
  }

  add(logCount: number, why: string, nowMs: number): void {
    this.#logCount += logCount
    this.#why = why
    if (nowMs < this.#quietUntilMs) return
    this.#quietUntilMs = nowMs + QUIET_MS
    this.say()
  }

  say(): void {
    if (this.#logCount === 0) return
    this.#say(this.#logCount, this.#why)
    this.#logCount = 0
  }
}

function logs(count: number): string {
  return count === 1 ? '1 log was' : `${count} logs were`
}
