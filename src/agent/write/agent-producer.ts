import type { Destination, SendRequest } from '../../producer/accept/send-request.ts'
import type { Writer } from '../../producer/accept/writer.ts'
import type { SendCallback } from '../../producer/sends/callback-send.ts'

/** What the agent needs of a producer; `Producer` is one. */
export interface AgentProducer {
  /** As `Producer.writer`. */
  writer(destination?: Destination): Pick<Writer, 'appendLines'>
  /** As `Producer.trySend`. */
  trySend(request: SendRequest, callback?: SendCallback): boolean
  /** As `Producer.ready`. */
  ready(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** As `Producer.flush`. */
  flush(options?: { readonly timeoutMs?: number }): Promise<void>
  /** As `Producer.metrics`. */
  metrics(): { readonly memory: { readonly totalBytes: number; readonly usedBytes: number } }
}
