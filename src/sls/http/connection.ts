import type { Dispatcher } from 'undici'
import type { AnswerWatch } from './answer-watch.ts'
import type { AttemptDeadline } from './attempt-deadline.ts'
import { type Answer, hasRequestId } from './classify-answer.ts'
import { Exchange, type HttpRequest } from './exchange.ts'
import type { SocketListener } from './open-connection.ts'

/** No answer came on a connection that had served before: the server may merely have closed it when idle. */
export class StaleConnectionError extends Error {
  override readonly cause: Error

  constructor(cause: Error) {
    super(cause.message)
    this.cause = cause
  }
}

/** After so many failures in a row, another address of the same name may do better. */
const MOST_FAILURES = 3

/** One connection: what it leads to, the lane that it belongs to, and how it has fared. */
export class Connection implements SocketListener {
  readonly origin: string
  readonly lane: number
  readonly dispatcher: Dispatcher
  readonly #openedAtMs: number
  readonly #onFailed: (connection: Connection, error: Error) => void
  #watch: AnswerWatch | undefined
  #hasServed = false
  #failuresInARow = 0

  constructor(parts: {
    readonly origin: string
    readonly lane: number
    readonly nowMs: number
    readonly open: (listener: SocketListener) => Dispatcher
    /** No socket could be had: the HTTP client may let all further requests wait for ever. */
    readonly onFailed: (connection: Connection, error: Error) => void
  }) {
    this.origin = parts.origin
    this.lane = parts.lane
    this.#openedAtMs = parts.nowMs
    this.#onFailed = parts.onFailed
    this.dispatcher = parts.open(this)
  }

  /** It should be left for a new one: the name may lead elsewhere by now, and this server may be half dead. */
  isWornOut(nowMs: number, maxAgeMs: number): boolean {
    return this.#failuresInARow >= MOST_FAILURES || nowMs - this.#openedAtMs >= maxAgeMs
  }

  /** Rejects with `StaleConnectionError`, with the deadline's reason, or as the HTTP client does. */
  async request(request: HttpRequest, answerLimitInBytes: number, deadline: AttemptDeadline): Promise<Answer> {
    let wasIdle = false
    const exchange = new Exchange(answerLimitInBytes, () => {
      wasIdle = this.#hasServed
      this.#watch?.begin()
    })
    try {
      const answer = await exchange.run(this.dispatcher, request, deadline)
      this.#hasServed = true
      this.#failuresInARow = answer.status < 500 && hasRequestId(answer) ? 0 : this.#failuresInARow + 1
      return answer
    } catch (error) {
      const isStale = wasIdle && !exchange.isGivenUp && this.#watch?.hasBytes === false
      if (!isStale) this.#failuresInARow++
      throw isStale ? new StaleConnectionError(error as Error) : error
    }
  }

  connected(watch: AnswerWatch): void {
    this.#watch = watch
    this.#hasServed = false
  }

  failed(error: Error): void {
    this.#onFailed(this, error)
  }
}
