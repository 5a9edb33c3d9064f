import type { NatsConnection } from '@nats-io/transport-node'
import { systemClock } from '../../core/clock.ts'
import { withDeadline } from '../../core/deadline.ts'
import { Deferred } from '../../core/deferred.ts'

/**
 * Requests over a connection that is lost and made again. The client loses what is sent while there is no connection, and waits for the
 * whole timeout for answers that cannot come any more. Here a request waits for the connection and is sent as soon as it is back, and a
 * request whose connection is lost fails at once: so what waits, such as a renewal or a checkpoint, is written right after a reconnect.
 */
export class NatsRequests {
  readonly #connection: NatsConnection
  readonly #timeoutMs: number
  /** Of the requests that were sent over the present connection. */
  readonly #losses = new Set<Deferred<never>>()
  /** Undefined while there is a connection. */
  #reconnected: Deferred<void> | undefined

  /** @param timeoutMs how long a request waits for the connection */
  constructor(connection: NatsConnection, timeoutMs: number) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    void this.#follow()
  }

  /** Rejects as the request does, when there is no connection in time, and when the connection is lost before the answer. */
  async send<R>(request: () => Promise<R>): Promise<R> {
    await this.#whenConnected()
    // Not one promise for all requests: each race would stay in its list of reactions for as long as the connection lasts.
    const loss = new Deferred<never>()
    this.#losses.add(loss)
    try {
      return await Promise.race([request(), loss.promise])
    } finally {
      this.#losses.delete(loss)
    }
  }

  async #whenConnected(): Promise<void> {
    if (this.#reconnected === undefined) return
    const late = () => new Error('not connected')
    await withDeadline(this.#reconnected.promise, systemClock, { timeoutMs: this.#timeoutMs }, late)
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') this.#lost()
      if (type === 'reconnect') this.#back()
    }
    // It was closed: the client refuses all requests from now on.
    this.#back()
  }

  #lost(): void {
    this.#reconnected ??= new Deferred()
    for (const loss of this.#losses) loss.reject(new Error('the connection was lost before the answer'))
  }

  #back(): void {
    this.#reconnected?.resolve()
    this.#reconnected = undefined
  }
}
