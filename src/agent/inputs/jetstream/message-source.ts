import type { JsMsg } from '@nats-io/jetstream'

/** A message that was delivered to this agent and is not yet acknowledged, positively or negatively, or terminated. */
export type StreamMessage = Pick<
  JsMsg,
  'seq' | 'subject' | 'data' | 'headers' | 'info' | 'ack' | 'nak' | 'working' | 'term'
>

/** The source of messages, and the destination of dead letters. */
export interface MessageSource {
  /** Longest time that `fetch` waits for messages, in milliseconds. */
  readonly fetchMs: number
  /** Size of the largest message that the servers allow. */
  readonly maxMessageBytes: number
  /** Yields at most this number of messages as they arrive. Ends when they are complete, the time is over, or the signal aborts. */
  fetch(count: number, signal: AbortSignal): AsyncIterable<StreamMessage>
  /** Call it after a failed fetch: creates what may have been deleted, such as the consumer. */
  restore(): Promise<void>
  /** Resolves when the dead letter is stored. */
  bury(message: StreamMessage, reason: string): Promise<void>
  /** Resolves when the servers have every acknowledgement, and the connection is closed. */
  close(): Promise<void>
}
