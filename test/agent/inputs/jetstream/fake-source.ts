import { headers } from '@nats-io/transport-node'
import type { MessageSource, StreamMessage } from '../../../../src/agent/inputs/jetstream/message-source.ts'
import { Deferred } from '../../../../src/core/deferred.ts'

export type Ending = 'ack' | 'nak' | 'term'

/** A stream in memory: what was done with each message is written down. */
export class FakeSource implements MessageSource {
  readonly fetchMs = 10_000
  readonly maxMessageBytes = 1024
  readonly endings: string[] = []
  readonly buried: string[] = []
  /** The counts that were asked for. */
  readonly fetches: number[] = []
  /** Sequences in the order in which they had a sign of life. */
  readonly signs: number[] = []
  isClosed = false
  restores = 0
  failure: Error | undefined
  canBury = true
  readonly #messages: StreamMessage[] = []
  #next = 1
  #arrived = new Deferred<void>()

  publish(
    text: string | Uint8Array,
    { seq = this.#next++, deliveries = 1, time = 1, with: fields = {} as Record<string, string> } = {},
  ) {
    const all = headers()
    for (const [key, value] of Object.entries(fields)) all.set(key, value)
    const end = (how: Ending) => void this.endings.push(`${how} ${seq}`)
    this.#messages.push({
      seq,
      subject: 'logs.app',
      data: typeof text === 'string' ? Buffer.from(text) : text,
      headers: all,
      info: { deliveryCount: deliveries, timestampNanos: time } as StreamMessage['info'],
      ack: () => end('ack'),
      nak: () => end('nak'),
      term: () => end('term'),
      working: () => void this.signs.push(seq),
    })
    this.#arrived.resolve()
  }

  async *fetch(count: number, signal: AbortSignal): AsyncIterable<StreamMessage> {
    this.fetches.push(count)
    if (this.failure !== undefined) throw this.failure
    const stop = () => this.#arrived.resolve()
    signal.addEventListener('abort', stop)
    for (let left = count; left > 0 && !signal.aborted; left--) {
      if (this.#messages.length === 0) {
        this.#arrived = new Deferred()
        await this.#arrived.promise
      }
      const message = this.#messages.shift()
      if (message !== undefined && !signal.aborted) yield message
    }
    signal.removeEventListener('abort', stop)
  }

  async restore(): Promise<void> {
    this.restores++
    this.failure = undefined
  }

  async bury({ seq }: StreamMessage, reason: string): Promise<void> {
    if (!this.canBury) throw new Error('no stream takes it')
    this.buried.push(`${seq}: ${reason}`)
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}
