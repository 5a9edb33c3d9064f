import { type Channel, channel } from 'node:diagnostics_channel'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { SealReason } from '../sends/seal-reason.ts'
import type { SendError } from '../sends/send-error.ts'
import type { Attempt, SendResult } from '../sends/send-result.ts'

/** The message of each channel about a batch. */
export interface BatchMessage {
  /** The project that it goes to. */
  readonly project: string
  /** The logstore that it goes to. */
  readonly logstore: string
  /** The `__pack_id__` tag; empty for a batch that was given up while it was open. */
  readonly packId: string
  /** Logs in the batch. */
  readonly logCount: number
  /** Size of the LogGroup before compression, in bytes. */
  readonly rawSizeInBytes: number
}

/** On `loghub-producer:batch:sealed`: no more logs go into the batch. */
export interface SealedMessage extends BatchMessage {
  /** Why it takes no more logs. */
  readonly sealReason: SealReason | undefined
}

/** On `loghub-producer:batch:attempt`: a request was made. */
export interface AttemptMessage extends BatchMessage {
  /** The attempt that has ended. */
  readonly attempt: Attempt | undefined
}

/** On `loghub-producer:batch:settled`: the callbacks of the batch, or of a part of it, have run. */
export interface SettledMessage extends BatchMessage {
  /** Its result. */
  readonly result: SendResult
  /** Null if it was delivered. */
  readonly error: SendError | null
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
    if (sealed.hasSubscribers)
      publish<SealedMessage>(sealed, { ...describe(batch), sealReason: batch.sealed.sealReason })
  },
  attempt(batch: ProducerBatch): void {
    if (attempt.hasSubscribers) publish<AttemptMessage>(attempt, { ...describe(batch), attempt: batch.history.last })
  },
  settled(batch: ProducerBatch, result: SendResult, error: SendError | null): void {
    if (settled.hasSubscribers)
      publish<SettledMessage>(settled, { ...describe(batch), packId: result.packId, result, error })
  },
}

function publish<Message>(to: Channel, message: Message): void {
  to.publish(message)
}

function describe({ key, packId, logCount, partSizeInBytes }: ProducerBatch): BatchMessage {
  const { project, logstore } = key
  return { project, logstore, packId, logCount, rawSizeInBytes: partSizeInBytes }
}
