import type { Destination, SendRequest } from '../../producer/accept/send-request.ts'
import type { Writer } from '../../producer/accept/writer.ts'
import type { SendCallback } from '../../producer/sends/callback-send.ts'

/** What the agent needs of a producer; `Producer` is one. */
export interface AgentProducer {
  writer(destination?: Destination): Pick<Writer, 'appendLines'>
  trySend(request: SendRequest, callback?: SendCallback): boolean
  ready(options?: { readonly signal?: AbortSignal }): Promise<void>
  flush(options?: { readonly timeoutMs?: number }): Promise<void>
  metrics(): { readonly memory: { readonly totalBytes: number; readonly usedBytes: number } }
}
