import type { NatsConnection } from '@nats-io/transport-node'
import { systemClock } from '../../core/clock.ts'
import { withDeadline } from '../../core/deadline.ts'
import { Deferred } from '../../core/deferred.ts'

/**
 * Sends requests over a connection that may be lost and made again. The client drops what is sent while it is disconnected, and waits the
 * whole timeout for an answer that cannot come any more. Here a request waits for the connection and is sent as soon as it is back, and a
 * request whose connection is lost fails at once. So a renewal or a checkpoint that waits is written right after a reconnect.
 */
export class NatsRequests {
  readonly #connection: NatsConnection
  readonly #timeoutMs: number
  /** One for each request that was sent over the present connection. */
  readonly #losses = new Set<Deferred<never>>()
  /** Undefined while there is a connection. */
  #reconnected: Deferred<void> | undefined

  /** @param timeoutMs how long a request waits for the connection */
  constructor(connection: NatsConnection, timeoutMs: number) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    void this.#follow()
  }

  /** Rejects as the request does, when the connection is not back in time, and when it is lost before the answer. */
  async send<R>(request: () => Promise<R>): Promise<R> {
    await this.#whenConnected()
    // One promise for all requests would keep the reactions of every race for as long as the connection lasts.
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
    // The connection was closed: from now on the client itself rejects all requests.
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
