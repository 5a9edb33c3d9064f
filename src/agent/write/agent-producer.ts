import type { Destination, SendRequest } from '../../producer/accept/send-request.ts'
import type { Writer } from '../../producer/accept/writer.ts'
import type { ProducerInspection } from '../../producer/observe/inspection.ts'
import type { ProducerMetrics } from '../../producer/observe/metrics.ts'
import type { SendCallback } from '../../producer/sends/callback-send.ts'
import type { Origin } from '../../producer/sends/origin.ts'

/** The part of a producer's metrics that the agent needs. A console shows all of them. */
export type ProducerReading = Partial<Omit<ProducerMetrics, 'memory'>> & {
  readonly memory: Pick<ProducerMetrics['memory'], 'totalBytes' | 'usedBytes'>
}

/** What the agent needs of a producer; `Producer` is one. */
export interface AgentProducer {
  /** As `Producer.writer`. */
  writer(destination?: Destination): Pick<Writer, 'appendLines' | 'appendLogs'>
  /** As `Producer.trySend`. */
  trySend(request: SendRequest, callback?: SendCallback): boolean
  /** As `Producer.ready`. */
  ready(options?: { readonly project?: string | undefined; readonly signal?: AbortSignal }): Promise<void>
  /** As `Producer.flush`. */
  flush(options?: { readonly timeoutMs?: number }): Promise<void>
  /** As `Producer.metrics`. */
  metrics(): ProducerReading
  /** As `Producer.claimOrigins`. Where it is missing, nothing is found on disk. */
  claimOrigins?(whenNoted: () => Promise<void>): Promise<readonly Origin[]>
  /** As `Producer.spoolDirectory`. No file input reads what is there. */
  readonly spoolDirectory?: string | undefined
  /** As `Producer.inspect`. Where it is missing, a console shows the metrics alone. */
  inspect?(): ProducerInspection
}
