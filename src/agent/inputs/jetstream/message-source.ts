import type { JsMsg } from '@nats-io/jetstream'

/** A message of a stream, delivered to this agent until it is acknowledged, given back or given up. */
export type StreamMessage = Pick<
  JsMsg,
  'seq' | 'subject' | 'data' | 'headers' | 'info' | 'ack' | 'nak' | 'working' | 'term'
>

/** Where messages come from, and where those go that cannot be shipped. */
export interface MessageSource {
  /** The longest that `fetch` waits for messages. */
  readonly fetchMs: number
  /** Of the largest message that there can be. */
  readonly maxMessageBytes: number
  /** Messages as they come, at most so many; ends when these are there, the time is over or the signal aborts. */
  fetch(count: number, signal: AbortSignal): AsyncIterable<StreamMessage>
  /** After a fetch that failed: creates again what may be gone, such as the consumer. */
  restore(): Promise<void>
  /** Resolves when the dead letter is stored. */
  bury(message: StreamMessage, reason: string): Promise<void>
  /** Resolves when the servers have every acknowledgement, and the connection is closed. */
  close(): Promise<void>
}
