// Applications that do not send to the Log Service themselves: their producers publish whole batches to a NATS JetStream stream, and
// any number of agents with an input `jetstream` send them to the service. No log is encoded twice on the way to the stream, and topic,
// source, tags and times arrive unchanged. Needs: npm install @nats-io/transport-node @nats-io/jetstream
import { createHash } from 'node:crypto'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, headers } from '@nats-io/transport-node'
import { Producer, SinkError } from 'loghub-producer'
import { Agent } from 'loghub-producer/agent'
import { openNats } from './nats.mjs'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const STREAM = 'EXAMPLE-LOGS'

class StreamSink {
  #servers
  #connecting

  constructor(servers) {
    this.#servers = servers
  }

  /** One call is one attempt. It is stored when the stream says so. */
  async send({ logstore, shardHash, payload, timeoutMs }) {
    const fields = headers()
    fields.set('Content-Type', 'application/x-protobuf')
    fields.set('x-log-compresstype', payload.compression)
    fields.set('x-log-bodyrawsize', String(payload.rawSizeInBytes))
    fields.set('x-log-logstore', logstore)
    if (shardHash !== undefined) fields.set('x-log-hashkey', shardHash)
    // The bytes of a batch are the same in each attempt: one whose answer was lost is stored once.
    const msgID = createHash('sha1').update(payload.bytes).digest('hex')
    const connection = await this.#connect()
    if (payload.bytes.length + 1024 > connection.info.max_payload)
      throw new SinkError('ERR_LOGHUB_SEND', 'larger than NATS takes', { failureClass: 'too-large' })
    try {
      const stored = await jetstream(connection).publish(`example.logs.${logstore}`, payload.bytes, {
        headers: fields,
        msgID,
        timeout: timeoutMs,
      })
      return { requestId: `${stored.stream}:${stored.seq}` }
    } catch (cause) {
      throw new SinkError('ERR_LOGHUB_NETWORK', `the stream did not take it: ${cause.message}`, {
        failureClass: 'back-off',
        cause,
      })
    }
  }

  async close() {
    const connection = await this.#connecting?.catch(() => undefined)
    await connection?.close()
  }

  /** One connection, made with the first batch; a failed one is made again with the next attempt. */
  #connect() {
    this.#connecting ??= connect({ servers: this.#servers, maxReconnectAttempts: -1 }).catch((cause) => {
      this.#connecting = undefined
      throw new SinkError('ERR_LOGHUB_NETWORK', `no NATS: ${cause.message}`, { failureClass: 'back-off', cause })
    })
    return this.#connecting
  }
}

const nats = await openNats()
const { connection, close } = await openService()
const topic = uniqueTopic('stream')

// The stream, once. Its messages are gone when they are shipped.
const admin = await connect({ servers: nats.url })
const manager = await jetstreamManager(admin)
await manager.streams.add({ name: STREAM, subjects: ['example.logs.>'], retention: 'workqueue' })

// In the application.
const application = new Producer({
  sink: new StreamSink(nats.url),
  project: 'any',
  logstore: connection.logstore,
  lingerMs: 50,
})
await Promise.all(
  Array.from({ length: 1000 }, (_, n) => application.send({ topic, tags: { env: 'test' }, logs: { contents: { n } } })),
)
await application.close()

// In an agent; `loghub agent` does the same with `- { id: queue, type: jetstream, stream: EXAMPLE-LOGS }`.
const producer = new Producer({ ...connection, lingerMs: 50 })
const agent = new Agent({ producer, once: true })
await agent.add({ id: 'queue', type: 'jetstream', stream: STREAM, nats: { servers: [nats.url] } })
await agent.finished()
await agent.close()
await producer.close()

const logs = await readTopic(connection, topic)
check(new Set(logs.map(({ n }) => n)).size, 1000, 'every log went through the stream, with its topic')
check(logs.length, 1000, 'and none of them twice')
check((await manager.streams.info(STREAM)).state.messages, 0, 'the stream is empty: all is acknowledged')
await manager.streams.delete(STREAM)
await admin.close()
await close()
await nats.close()
