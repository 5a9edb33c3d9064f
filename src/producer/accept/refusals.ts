import type { ProducerError } from '../../core/errors.ts'
import type { PendingSend } from '../sends/pending-send.ts'

export interface RefusalListener {
  counted(code: string, logCount: number): void
  /** Once a turn for each error, with all the logs that it refused. */
  told(error: ProducerError, logCount: number): void
  foreignError(error: Error): void
}

/**
 * Sends of which nothing was accepted. Counted at once and told in a turn of their own, so that a caller never meets its
 * callback inside `send`. A refusal holds next to nothing: callers that do not await may be refused a million times
 * before that turn comes.
 */
export class Refusals {
  readonly #listener: RefusalListener
  /** Logs refused in this turn, by the error that refused them. */
  readonly #refused = new Map<ProducerError, number>()
  readonly #sends: { readonly send: PendingSend; readonly error: ProducerError }[] = []
  readonly #promises = new WeakMap<ProducerError, Promise<never>>()
  #isScheduled = false

  constructor(listener: RefusalListener) {
    this.#listener = listener
  }

  /** A send that its caller holds already. */
  refuse(send: PendingSend | undefined, logCount: number, error: ProducerError): void {
    this.count(error, logCount)
    if (send !== undefined) this.tell(send, error)
  }

  count(error: ProducerError, logCount: number): void {
    this.#listener.counted(error.code, logCount)
    this.#refused.set(error, (this.#refused.get(error) ?? 0) + logCount)
    this.#schedule()
  }

  tell(send: PendingSend, error: ProducerError): void {
    this.#sends.push({ send, error })
    this.#schedule()
  }

  /** A rejected promise that raises nothing when nobody handles it: one for all sends that the same error refuses. */
  promiseOf(error: ProducerError): Promise<never> {
    const known = this.#promises.get(error)
    if (known !== undefined) return known
    const promise = Promise.reject(error)
    promise.catch(() => {})
    this.#promises.set(error, promise)
    return promise
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => this.#run())
  }

  #run(): void {
    this.#isScheduled = false
    const sends = this.#sends.splice(0)
    const refused = [...this.#refused]
    this.#refused.clear()
    const onError = (thrown: Error) => this.#listener.foreignError(thrown)
    for (const { send, error } of sends) send.settle(error, undefined, onError)
    for (const [error, logCount] of refused) this.#listener.told(error, logCount)
  }
}
