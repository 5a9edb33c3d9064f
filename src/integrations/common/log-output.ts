import type { Destination } from '../../producer/accept/send-request.ts'
import type { ProducerConfig } from '../../producer/options.ts'
import { Producer } from '../../producer/producer.ts'
import type { ProducerLike, WriterLike } from '../../producer/producer-like.ts'
import type { Field } from './fields.ts'
import { isOwnMessage } from './own-message.ts'
import type { RecordTime } from './record-time.ts'

/** Where an integration sends its logs: through a producer of the application, or through one of its own. */
export interface OutputOptions {
  /** A producer of the application. It is flushed with the integration, and never closed by it. */
  readonly producer?: ProducerLike
  /** Options of a producer of the integration's own, which is closed with it. Ignored where `producer` is given. */
  readonly config?: ProducerConfig
  /** Project, logstore, topic and so on of all logs. Default: the producer's. */
  readonly destination?: Destination
  /** How long the end of a producer of its own may take, in milliseconds. Default: 10000. */
  readonly closeTimeoutMs?: number
}

const CLOSE_TIMEOUT_MS = 10_000

/**
 * The way of an integration's records into a producer. Never throws and never blocks once it is made: a send that finds no
 * memory waits inside the producer, within its bounds, and what is refused there is counted in its metrics.
 */
export class LogOutput {
  readonly #producer: ProducerLike
  readonly #writer: WriterLike
  /** Undefined where the producer's own is meant. */
  readonly #project: string | undefined
  readonly #isOwned: boolean
  readonly #closeTimeoutMs: number
  #closed: Promise<void> | undefined

  /** @throws ProducerError for wrong options or an unknown project */
  constructor({ producer, config, destination, closeTimeoutMs = CLOSE_TIMEOUT_MS }: OutputOptions) {
    this.#isOwned = producer === undefined
    this.#producer = producer ?? new Producer(config)
    this.#writer = this.#producer.writer(destination)
    this.#project = destination?.project
    this.#closeTimeoutMs = closeTimeoutMs
  }

  /** `done` hears once what became of the log. What the producer says of itself is left out, or it would feed itself. */
  write(fields: readonly Field[], message: unknown, time: RecordTime | undefined, done: Done = ignore): void {
    if (isOwnMessage(message)) return void done(null)
    this.#writer.send(fields, time ?? {}, done)
  }

  /** The same for a source that can wait: reads on only when memory has room. */
  async writeWhenReady(fields: readonly Field[], message: unknown, time: RecordTime | undefined): Promise<void> {
    if (isOwnMessage(message)) return
    try {
      while (!this.#writer.trySend(fields, time ?? {}, ignore)) await this.#producer.ready({ project: this.#project })
    } catch {
      // The producer was closed while waiting for room; the log is lost, and the end of the source follows.
    }
  }

  /** Resolves when what was written before has its outcome, good or bad. */
  flush(): Promise<void> {
    return this.#producer.flush()
  }

  /** Delivers what was written; a producer of the integration's own is closed as well. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const timeoutMs = this.#closeTimeoutMs
    try {
      if (this.#isOwned) await this.#producer.close({ timeoutMs })
      else await this.#producer.flush({ timeoutMs })
    } catch {
      // What was not delivered is told by the producer: in its metrics, its events and on its logger.
    }
  }
}

type Done = (error: Error | null) => void

function ignore(): void {}
