import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import type { AgentProducer, ProducerReading } from '../write/agent-producer.ts'

/** What a producer did in one second, and what it held at the end of it. */
export interface ProducerSecond {
  /** The second, epoch seconds. */
  readonly second: number
  /** Time that the numbers cover, in milliseconds: more than 1000 if the process was too busy to read them in time. */
  readonly periodMs: number
  /** Logs that were accepted. */
  readonly accepted: number
  /** Logs that were delivered. */
  readonly delivered: number
  /** Logs that failed, including dropped ones. */
  readonly lost: number
  /** Requests made. */
  readonly requests: number
  /** Requests that failed. */
  readonly failedRequests: number
  /** Bytes delivered, before compression. */
  readonly rawBytes: number
  /** Bytes delivered, as sent. */
  readonly sentBytes: number
  /** Bytes of memory in use at its end. */
  readonly usedBytes: number
  /** Logs on disk at its end. */
  readonly onDisk: number
}

type Totals = Omit<ProducerSecond, 'second' | 'periodMs' | 'usedBytes' | 'onDisk'>

const KEPT_SECONDS = 15 * 60
const SECOND_MS = 1000

/**
 * The last 15 minutes of a producer by second, from its counters, which are read once a second. It does not keep the process alive. It
 * costs one `metrics()` per second (`bench/inspect.mjs`), and runs only with an admin listener.
 */
export class ProducerHistory {
  readonly #clock: Clock
  readonly #producer: Pick<AgentProducer, 'metrics'>
  readonly #seconds: ProducerSecond[] = []
  readonly #alarm: Alarm
  #last: Totals
  #lastMs: number

  constructor(producer: Pick<AgentProducer, 'metrics'>, clock: Clock) {
    this.#clock = clock
    this.#producer = producer
    this.#last = totalsOf(producer.metrics())
    this.#lastMs = clock.monotonicMs()
    this.#alarm = new Alarm(clock, () => this.#read(), { isBackground: true })
    this.#setAlarm()
  }

  /** Oldest first, without seconds in which nothing happened and nothing was held. */
  list(afterSecond = Number.NEGATIVE_INFINITY): ProducerSecond[] {
    const oldest = Math.floor(this.#clock.now() / SECOND_MS) - KEPT_SECONDS
    return this.#seconds.filter(({ second }) => second >= oldest && second > afterSecond)
  }

  /** Stops reading. */
  close(): void {
    this.#alarm.clear()
  }

  #read(): void {
    const metrics = this.#producer.metrics()
    const totals = totalsOf(metrics)
    const change = changeOf(totals, this.#last)
    const nowMs = this.#clock.monotonicMs()
    const periodMs = Math.round(nowMs - this.#lastMs)
    this.#last = totals
    this.#lastMs = nowMs
    // The alarm rings at the end of the second that is recorded.
    const second = Math.floor((this.#clock.now() - SECOND_MS / 2) / SECOND_MS)
    const held = { usedBytes: metrics.memory.usedBytes, onDisk: metrics.logs?.onDisk ?? 0 }
    const isQuiet = Object.values({ ...change, ...held }).every((value) => value === 0)
    // The wall clock may have been set back: records that are in its future now are removed.
    while ((this.#seconds.at(-1)?.second ?? 0) >= second) this.#seconds.pop()
    if (!isQuiet) this.#seconds.push({ second, periodMs, ...change, ...held })
    if (this.#seconds.length > KEPT_SECONDS) this.#seconds.shift()
    this.#setAlarm()
  }

  /** At the next full second of the wall clock; never twice in one second, also if that clock is changed. */
  #setAlarm(): void {
    const intoSecondMs = ((this.#clock.now() % SECOND_MS) + SECOND_MS) % SECOND_MS
    const restMs = SECOND_MS - intoSecondMs
    this.#alarm.set(this.#clock.monotonicMs() + (restMs < SECOND_MS / 2 ? restMs + SECOND_MS : restMs))
  }
}

function totalsOf({ logs, requests }: ProducerReading): Totals {
  return {
    accepted: logs?.accepted ?? 0,
    delivered: logs?.delivered ?? 0,
    lost: (logs?.failed ?? 0) + (logs?.dropped ?? 0),
    requests: requests?.made ?? 0,
    failedRequests: requests?.failed ?? 0,
    rawBytes: requests?.rawBytes ?? 0,
    sentBytes: requests?.sentBytes ?? 0,
  }
}

function changeOf(now: Totals, before: Totals): Totals {
  const names = Object.keys(now) as (keyof Totals)[]
  return Object.fromEntries(names.map((name) => [name, now[name] - before[name]])) as unknown as Totals
}
