import type { ConsumerMessages, Consumers, DeliverPolicy, JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { Alarm } from '../../core/alarm.ts'
import { systemClock } from '../../core/clock.ts'

export interface TableWatchParts {
  readonly connection: NatsConnection
  readonly consumers: Consumers
  readonly stream: string
  /** Matches all keys of the table. */
  readonly subject: string
  readonly tell: (message: JsMsg) => void
}

const LAST_PER_SUBJECT = 'last_per_subject' as DeliverPolicy
const BY_START_SEQUENCE = 'by_start_sequence' as DeliverPolicy
const STREAM_NOT_FOUND = 10059
/** A consumer that is silent for two of these is lost, for example with its server. */
const IDLE_HEARTBEAT_MS = 2000
const AGAIN_MS = 1000

/**
 * Follows the keys of a table, and reports each change once. After a lost connection or server it opens a new consumer at once, from the
 * last change that it has seen. The client would do so as well, but only after half a minute if the connection was lost without a sign.
 */
export class TableWatch {
  readonly #parts: TableWatchParts
  readonly #again: Alarm
  readonly #statuses: AsyncIterable<{ readonly type: string }> & { stop?(): void }
  #last = 0
  #messages: ConsumerMessages | undefined
  #isOpening = false
  #isStopped = false

  constructor(parts: TableWatchParts) {
    this.#parts = parts
    this.#again = new Alarm(systemClock, () => void this.#reopen(), { isBackground: true })
    this.#statuses = parts.connection.status()
  }

  /** Resolves when all existing keys have been reported. */
  async start(): Promise<void> {
    try {
      const present = await this.#open()
      void this.#reopenOn('reconnect', this.#statuses)
      await this.#whenTold(present)
    } catch (thrown) {
      this.stop()
      throw thrown
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#again.clear()
    this.#messages?.stop()
    this.#statuses.stop?.()
  }

  /** Returns how many existing messages the consumer will deliver. */
  async #open(): Promise<number> {
    const { consumers, stream, subject } = this.#parts
    const start =
      this.#last === 0
        ? { deliver_policy: LAST_PER_SUBJECT }
        : { deliver_policy: BY_START_SEQUENCE, opt_start_seq: this.#last + 1 }
    const consumer = await consumers.get(stream, { filter_subjects: subject, ...start })
    const { num_pending } = await consumer.info(true)
    const messages = await consumer.consume({ idle_heartbeat: IDLE_HEARTBEAT_MS })
    this.#messages?.stop()
    this.#messages = messages
    if (this.#isStopped) messages.stop()
    void this.#reopenOn('heartbeats_missed', messages.status())
    return num_pending
  }

  /** Reports messages. Resolves after this many, and rejects if the connection is closed before. */
  #whenTold(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (count === 0) resolve()
      let told = 0
      this.#follow(this.#messages as ConsumerMessages, () => {
        if (++told === count) resolve()
      })
        .then(() => reject(new Error('the connection was closed')))
        .catch((thrown) => {
          reject(thrown)
          this.#tryAgain()
        })
    })
  }

  async #follow(messages: ConsumerMessages, onTold: () => void = () => {}): Promise<void> {
    for await (const message of messages) {
      if (message.seq > this.#last) {
        this.#last = message.seq
        this.#parts.tell(message)
      }
      onTold()
    }
  }

  async #reopenOn(type: string, statuses: AsyncIterable<{ readonly type: string }>): Promise<void> {
    for await (const status of statuses) if (status.type === type) void this.#reopen()
  }

  /** Never rejects: a failure is repeated after a pause. */
  async #reopen(): Promise<void> {
    if (this.#isOpening || this.#isStopped || this.#parts.connection.isClosed()) return
    this.#isOpening = true
    try {
      await this.#open()
      this.#follow(this.#messages as ConsumerMessages).catch(() => this.#tryAgain())
    } catch (thrown) {
      // The sequence of a bucket that was created again starts at 1.
      if ((thrown as { code?: number }).code === STREAM_NOT_FOUND) this.#last = 0
      this.#tryAgain()
    } finally {
      this.#isOpening = false
    }
  }

  #tryAgain(): void {
    if (!this.#isStopped) this.#again.set(systemClock.monotonicMs() + AGAIN_MS)
  }
}
