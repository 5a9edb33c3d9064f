import type { Writable } from 'node:stream'
import type { LogStreamOptions } from './accept/log-stream.ts'
import type { LogIterable, SendAllOptions, SendAllReport } from './accept/send-all.ts'
import type { Destination, SendRequest } from './accept/send-request.ts'
import type { Writer } from './accept/writer.ts'
import type { ReadyOptions, WaitOptions } from './given-options.ts'
import type { CloseReport } from './lifecycle.ts'
import type { ProducerEvents, ProducerListener } from './observe/events.ts'
import type { ProducerMetrics } from './observe/metrics.ts'

import type { SendCallback } from './sends/callback-send.ts'
import type { SendResult } from './sends/send-result.ts'

/** What a writer does, without its class: for code that is given one, and for its tests. */
export type WriterLike = Pick<Writer, 'send' | 'trySend'>

/**
 * What application code needs of a producer. Code that is given a producer asks for this, so that its tests can give a
 * plain object: the class has private fields, which no object of a test has. Each member does what `Producer` says of it.
 */
export interface ProducerLike extends AsyncDisposable {
  /** Like {@link Producer.send}. */
  send(request: SendRequest): Promise<SendResult>
  send(request: SendRequest, callback: SendCallback): void
  /** Like {@link Producer.trySend}. */
  trySend(request: SendRequest, callback?: SendCallback): boolean
  /** Like {@link Producer.writer}. */
  writer(destination?: Destination): WriterLike
  /** Like {@link Producer.stream}. */
  stream(destination?: Destination, options?: LogStreamOptions): Writable
  /** Like {@link Producer.sendAll}. */
  sendAll(logs: LogIterable, destination?: Destination, options?: SendAllOptions): Promise<SendAllReport>
  /** Like {@link Producer.ready}. */
  ready(options?: ReadyOptions): Promise<void>
  /** Like {@link Producer.flush}. */
  flush(options?: WaitOptions): Promise<void>
  /** Like {@link Producer.close}. */
  close(options?: { readonly timeoutMs?: number | undefined }): Promise<CloseReport>
  /** Like {@link Producer.on}. */
  on<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this
  /** Like {@link Producer.once}. */
  once<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this
  /** Like {@link Producer.off}. */
  off<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this
  /** Like {@link Producer.metrics}. */
  metrics(): ProducerMetrics
}
