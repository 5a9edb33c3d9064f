import { channel } from 'node:diagnostics_channel'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { SendError } from '../sends/send-error.ts'
import type { SendResult } from '../sends/send-result.ts'

/** What the channels tell of a batch. */
export interface BatchMessage {
  readonly project: string
  readonly logstore: string
  readonly packId: string
  readonly logCount: number
  readonly rawSizeInBytes: number
}

const sealed = channel('loghub-producer:batch:sealed')
const attempt = channel('loghub-producer:batch:attempt')
const settled = channel('loghub-producer:batch:settled')

/**
 * Events of batches for tracing tools, on `node:diagnostics_channel`: `loghub-producer:batch:sealed`, `:attempt` (after
 * each request, with the {@link Attempt}) and `:settled` (with result and error). Without a subscriber they cost one check.
 */
export const diagnostics = {
  sealed(batch: ProducerBatch): void {
    if (sealed.hasSubscribers) sealed.publish({ ...describe(batch), sealReason: batch.sealReason })
  },
  attempt(batch: ProducerBatch): void {
    if (attempt.hasSubscribers) attempt.publish({ ...describe(batch), attempt: batch.attempts.at(-1) })
  },
  settled(batch: ProducerBatch, result: SendResult, error: SendError | null): void {
    if (settled.hasSubscribers) settled.publish({ ...describe(batch), result, error })
  },
}

function describe({ key, packId, logCount, rawSizeInBytes }: ProducerBatch): BatchMessage {
  return { project: key.project, logstore: key.logstore, packId, logCount, rawSizeInBytes }
}
