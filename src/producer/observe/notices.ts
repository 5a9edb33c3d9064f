import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import type { ProducerEvents } from './events.ts'

/** After a notice, the next of its kind waits for this long: an outage must not flood the log. */
const QUIET_MS = 30_000

type NoticedEvent = 'spoolError' | 'failure' | 'drop' | 'refused' | 'retry' | 'callbackError'

/**
 * Says on the logger what would else go unheard: logs that were given up, dropped or refused, with their number,
 * deliveries that are delayed, and callbacks that throw. The first at once; what follows within 30 seconds is summed up
 * in one line at their end.
 */
export class Notices {
  readonly #clock: Clock
  readonly #notices: Readonly<Record<NoticedEvent, Notice>>

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    const notice = (say: (count: string, why: string) => void, one: string, many: string) =>
      new Notice(clock, (count, why) => say(count === 1 ? one : `${count} ${many}`, why))
    this.#notices = {
      failure: notice((logs, why) => logger.error(`${logs} not delivered: ${why}`), '1 log was', 'logs were'),
      drop: notice((logs, why) => logger.error(`${logs} dropped: ${why}`), '1 log was', 'logs were'),
      refused: notice((logs, why) => logger.error(`${logs} not accepted: ${why}`), '1 log was', 'logs were'),
      spoolError: notice(
        (times, why) => logger.error(`${times} could not be kept on disk: ${why}`),
        'a batch',
        'batches',
      ),
      callbackError: notice(
        (callbacks, why) => logger.warn(`${callbacks} failed: ${why}`),
        'a callback or listener',
        'callbacks or listeners',
      ),
      retry: notice(
        (attempts, why) => logger.warn(`${attempts} will be tried again: ${why}`),
        'a delivery is delayed and',
        'deliveries are delayed and',
      ),
    }
  }

  /** An event to which nobody listens. */
  add<Name extends keyof ProducerEvents>(event: Name, payload: ProducerEvents[Name]): void {
    if (!isNoticed(event)) return
    const { error, ...rest } = payload as ProducerEvents[NoticedEvent]
    // A stale connection is fixed at once, and nobody could do anything about it.
    if ('reason' in rest && rest.reason === 'stale-connection') return
    // The stack tells where a callback failed; the producer's own errors say it all in their message.
    const why = event === 'callbackError' ? (error.stack ?? error.message) : error.message
    const count = 'logCount' in rest && event !== 'retry' ? rest.logCount : 1
    this.#notices[event].add(count, why, this.#clock.monotonicMs())
  }

  /** What was counted and not yet said. To be called at the end. */
  sayRest(): void {
    for (const notice of Object.values(this.#notices)) notice.sayRest()
  }
}

const NOTICED: ReadonlySet<string> = new Set<NoticedEvent>([
  'failure',
  'drop',
  'refused',
  'retry',
  'callbackError',
  'spoolError',
])

function isNoticed(event: keyof ProducerEvents): event is NoticedEvent {
  return NOTICED.has(event)
}

class Notice {
  readonly #say: (count: number, why: string) => void
  /** In the background: what nobody waits for must not keep the process from ending. */
  readonly #alarm: Alarm
  #count = 0
  #why = ''
  #quietUntilMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, say: (count: number, why: string) => void) {
    this.#say = say
    this.#alarm = new Alarm(clock, () => this.#sayNow(clock.monotonicMs()), { isBackground: true })
  }

  add(count: number, why: string, nowMs: number): void {
    this.#count += count
    this.#why = why
    if (nowMs >= this.#quietUntilMs) this.#sayNow(nowMs)
    else this.#alarm.set(this.#quietUntilMs)
  }

  sayRest(): void {
    this.#alarm.clear()
    this.#quietUntilMs = Number.NEGATIVE_INFINITY
    if (this.#count > 0) this.#sayNow(Number.NEGATIVE_INFINITY)
  }

  /** The count moves first: a logger may lead back here. */
  #sayNow(nowMs: number): void {
    const count = this.#count
    this.#count = 0
    this.#quietUntilMs = nowMs + QUIET_MS
    this.#alarm.clear()
    this.#say(count, this.#why)
  }
}
