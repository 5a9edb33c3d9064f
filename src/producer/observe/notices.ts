import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import type { SafeEmitter } from '../../core/safe-emitter.ts'
import type { ProducerEvents } from './events.ts'

/** After a notice, the next of its kind waits for this long: an outage must not flood the log. */
const QUIET_MS = 30_000

/**
 * Says on the logger what would else go unheard: logs that were given up, dropped or refused, with their number,
 * deliveries that are delayed, and callbacks that throw. The first at once, then at most one line of each kind in 30
 * seconds, and none of a kind whose event somebody listens to.
 */
export class Notices {
  readonly #events: SafeEmitter<ProducerEvents>
  readonly #clock: Clock
  readonly #failed: Notice
  readonly #dropped: Notice
  readonly #refused: Notice
  readonly #delayed: Notice
  readonly #foreign: Notice

  constructor(events: SafeEmitter<ProducerEvents>, clock: Clock, logger: Logger) {
    this.#events = events
    this.#clock = clock
    this.#failed = new Notice((logCount, why) => logger.error(`${logs(logCount)} not delivered: ${why}`))
    this.#dropped = new Notice((logCount, why) => logger.error(`${logs(logCount)} dropped: ${why}`))
    this.#refused = new Notice((logCount, why) => logger.error(`${logs(logCount)} not accepted: ${why}`))
    this.#foreign = new Notice((count, why) => logger.warn(`${callbacks(count)} failed: ${why}`))
    this.#delayed = new Notice((_, why) => logger.warn(`a delivery is delayed and will be tried again: ${why}`))
    this.#on('failure', this.#failed)
    this.#on('drop', this.#dropped)
    this.#on('refused', this.#refused)
    this.#on('retry', this.#delayed)
    this.#on('callbackError', this.#foreign)
  }

  /** The losses that were counted and not yet said. To be called at the end. */
  sayRest(): void {
    this.#failed.say()
    this.#dropped.say()
    this.#refused.say()
  }

  #on(event: keyof NoticedEvents, notice: Notice): void {
    this.#events.on(event, (payload) => {
      const isHeard = this.#events.count(event) > 1
      // A stale connection is mended at once, and nobody could do anything about it.
      const isHarmless = 'reason' in payload && payload.reason === 'stale-connection'
      if (isHeard || isHarmless) return
      // The stack tells where a callback failed; the producer's own errors say it all in their message.
      const [count, why] = 'logCount' in payload ? [payload.logCount, payload.error.message] : [1, payload.error.stack]
      notice.add(count, why ?? payload.error.message, this.#clock.monotonicMs())
    })
  }
}

type NoticedEvents = Pick<ProducerEvents, 'failure' | 'drop' | 'refused' | 'retry' | 'callbackError'>

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

function callbacks(count: number): string {
  return count === 1 ? 'a callback or listener' : `${count} callbacks or listeners`
}
