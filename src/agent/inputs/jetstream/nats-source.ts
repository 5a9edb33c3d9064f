import type { Consumer, JetStreamClient } from '@nats-io/jetstream'
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node'
import type { Clock } from '../../../core/clock.ts'
import { inputError } from '../../host/input-error.ts'
import type { InputContext } from '../../input.ts'
import { connectNats } from '../../nats/connect-nats.ts'
import { loadPackage } from '../../nats/load-package.ts'
import { durableConsumer } from './durable-consumer.ts'
import type { JetstreamOptions } from './jetstream-options.ts'
import type { MessageSource, StreamMessage } from './message-source.ts'
import { untilQuiet } from './until-quiet.ts'

const FETCH_MS = 10_000
/** The shortest time that the client accepts. */
const LAST_FETCH_MS = 1000
/** Size of header and subject, in addition to the payload. */
const OVERHEAD_BYTES = 1024

/** Opens a durable consumer of a stream on its own connection. Rejects if it cannot be reached or used. */
export async function openNatsSource(
  options: JetstreamOptions,
  baseDirectory: string,
  context: InputContext,
): Promise<MessageSource> {
  const { jetstream, jetstreamManager } = await loadPackage(() => import('@nats-io/jetstream'))
  const name = options.consumer ?? context.id
  const connection = await connectNats(options.nats ?? {}, { name: `loghub agent, ${context.id}`, baseDirectory })
  try {
    const manager = await jetstreamManager(connection)
    const client = jetstream(connection)
    let settled = await durableConsumer(manager, name, options)
    if (options.deadLetter !== undefined) {
      const stream = await manager.streams.find(options.deadLetter).catch(() => undefined)
      if (stream === undefined)
        throw inputError(`no stream takes the dead letters of ${options.deadLetter}; create one`)
      if (stream === options.stream) throw inputError(`the dead letters must go to another stream than ${stream}`)
    }
    const consumer = await client.consumers.get(options.stream, name)
    void followStatus(connection, context)
    const restore = async () => {
      settled = await durableConsumer(manager, name, options, settled)
    }
    return new NatsSource({
      connection,
      client,
      consumer,
      name,
      options,
      restore,
      once: context.once,
      clock: context.clock,
    })
  } catch (thrown) {
    await connection.close()
    throw thrown
  }
}

interface NatsSourceParts {
  readonly connection: NatsConnection
  readonly client: JetStreamClient
  readonly consumer: Consumer
  readonly name: string
  readonly options: JetstreamOptions
  readonly restore: () => Promise<void>
  readonly once: boolean
  readonly clock: Clock
}

class NatsSource implements MessageSource {
  readonly fetchMs: number
  readonly maxMessageBytes: number
  readonly restore: () => Promise<void>
  readonly #parts: NatsSourceParts

  constructor(parts: NatsSourceParts) {
    this.#parts = parts
    this.restore = parts.restore
    this.fetchMs = parts.once ? LAST_FETCH_MS : FETCH_MS
    this.maxMessageBytes = (parts.connection.info?.max_payload ?? 1024 * 1024) + OVERHEAD_BYTES
  }

  async *fetch(count: number, signal: AbortSignal): AsyncIterable<StreamMessage> {
    const { consumer, clock } = this.#parts
    yield* untilQuiet(await consumer.fetch({ max_messages: count, expires: this.fetchMs }), clock, signal)
  }

  /** The stream drops a copy with the same id, so that a dead letter whose answer was lost is stored once. */
  async bury(message: StreamMessage, reason: string): Promise<void> {
    const { client, name, options } = this.#parts
    const { deadLetter, stream } = options
    await client.publish(deadLetter as string, message.data, {
      msgID: `${stream}:${name}:${message.seq}`,
      headers: await this.#headers(message, reason),
    })
  }

  async close(): Promise<void> {
    // Acknowledgements have no answer; a flush makes sure that they are sent before the connection ends.
    const { connection } = this.#parts
    if (!connection.isClosed()) await connection.flush().catch(() => {})
    await connection.close()
  }

  async #headers(message: StreamMessage, reason: string): Promise<MsgHdrs> {
    const { headers } = await loadPackage(() => import('@nats-io/transport-node'))
    const all = headers()
    for (const [key, values] of message.headers ?? []) for (const value of values) all.append(key, value)
    // Headers of JetStream: they would be instructions for this publish.
    for (const key of all.keys()) if (key.startsWith('Nats-')) all.delete(key)
    all.set('Loghub-Reason', reason.replace(/[\r\n]+/g, ' ').slice(0, 1000))
    all.set('Loghub-Stream', this.#parts.options.stream)
    all.set('Loghub-Sequence', String(message.seq))
    all.set('Loghub-Subject', message.subject)
    all.set('Loghub-Deliveries', String(message.info.deliveryCount))
    return all
  }
}

/** Shows and logs the state of the connection. Ends with it. */
async function followStatus(connection: NatsConnection, { detail, logger }: InputContext): Promise<void> {
  detail('nats', `connected to ${connection.getServer()}`)
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') {
      detail('nats', 'disconnected')
      logger.warn('NATS is away; the input goes on by itself when it is back')
    }
    if (status.type === 'reconnect') {
      detail('nats', `connected to ${connection.getServer()}`)
      logger.info('NATS is back')
    }
  }
}
