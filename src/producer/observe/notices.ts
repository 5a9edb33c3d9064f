import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import type { SafeEmitter } from '../../core/safe-emitter.ts'
import type { ProducerEvents } from './events.ts'

/** After a notice, the next of its kind waits for this long: an outage must not flood the log. */
const QUIET_MS = 30_000

/**
 * Says on the logger what would else go unheard: logs that were given up or refused, with their number, and deliveries
 * that are delayed. The first at once, then at most one line of each kind in 30 seconds, and none of a kind whose event
 * somebody listens to.
 */
export class Notices {
  readonly #events: SafeEmitter<ProducerEvents>
  readonly #clock: Clock
  readonly #failed: Notice
  readonly #refused: Notice
  readonly #delayed: Notice

  constructor(events: SafeEmitter<ProducerEvents>, clock: Clock, logger: Logger) {
    this.#events = events
    this.#clock = clock
    this.#failed = new Notice((logCount, why) => logger.error(`${logs(logCount)} not delivered: ${why}`))
    this.#refused = new Notice((logCount, why) => logger.error(`${logs(logCount)} not accepted: ${why}`))
    this.#delayed = new Notice((_, why) => logger.warn(`a delivery is delayed and will be tried again: ${why}`))
    this.#on('failure', this.#failed)
    this.#on('refused', this.#refused)
    this.#on('retry', this.#delayed)
  }

  /** The losses that were counted and not yet said. To be called at the end. */
  sayRest(): void {
    this.#failed.say()
    this.#refused.say()
  }

  #on(event: 'failure' | 'refused' | 'retry', notice: Notice): void {
    this.#events.on(event, (payload) => {
      const isHeard = this.#events.count(event) > 1
      // A stale connection is mended at once, and nobody could do anything about it.
      const isHarmless = 'reason' in payload && payload.reason === 'stale-connection'
      if (!isHeard && !isHarmless) notice.add(payload.logCount, payload.error.message, this.#clock.monotonicMs())
    })
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
