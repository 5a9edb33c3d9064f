import type { Destination as ProducerDestination, SendRequest } from '../../producer/accept/send-request.ts'
import type { SendCallback } from '../../producer/sends/callback-send.ts'
import type { LineBatch, LinesSettled } from './line-batch.ts'

/** Where logs go. */
export interface Destination extends ProducerDestination {
  readonly tags?: Readonly<Record<string, string>>
  /** A sequence of pack ids of its own: what shares it are neighbours in the service's context view. */
  readonly context?: string
}

/** A writer of the producer, as far as the agent uses one. */
export interface AgentProducerWriter {
  /** Takes lines from the front while there is room, and says how many; tells of them piece by piece, in any order. */
  appendLines(lines: LineBatch, onSettled: LinesSettled): number
}

/** What the agent needs of a producer; `Producer` is one. */
export interface AgentProducer {
  writer(destination?: Destination): AgentProducerWriter
  trySend(request: SendRequest, callback?: SendCallback): boolean
  ready(options?: { readonly signal?: AbortSignal }): Promise<void>
  flush(options?: { readonly timeoutMs?: number }): Promise<void>
  metrics(): { readonly memory: { readonly totalBytes: number; readonly usedBytes: number } }
}
