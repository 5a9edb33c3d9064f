import type { Clock } from '../../core/clock.ts'

// A date outside these bounds is a broken header, or a hostile one, and teaches nothing.
const EARLIEST_MS = Date.UTC(2010, 0, 1)
const LATEST_MS = Date.UTC(2100, 0, 1)

/**
 * The service's time, as far as it is known. It is the local clock's until an answer refuses a request's date; from then
 * on requests are dated with the offset learned there. A local clock that is set right later is refused once more, and
 * the offset learned again.
 */
export class ServerClock {
  readonly #clock: Clock
  #offsetMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How far the service is ahead of the local clock. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  now(): number {
    return this.#clock.now() + this.#offsetMs
  }

  /** Takes the offset from the `x-log-time` or else the `Date` of an answer. False when it has neither. */
  learn(header: (name: string) => string | undefined): boolean {
    const serverMs = readServerTime(header)
    if (serverMs === undefined) return false
    this.#offsetMs = serverMs - this.#clock.now()
    return true
  }
}

function readServerTime(header: (name: string) => string | undefined): number | undefined {
  const candidates = [Number(header('x-log-time')) * 1000, Date.parse(header('date') ?? '')]
  return candidates.find((timeMs) => timeMs > EARLIEST_MS && timeMs < LATEST_MS)
}
