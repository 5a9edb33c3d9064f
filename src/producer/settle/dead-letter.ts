import { type DecodedLog, decodeLogGroup } from '../../sls/wire/decode-log-group.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { SendError } from '../sends/send-error.ts'

/** A log that the service will never take as it is: refused for its content, or too large by itself. */
export interface DeadLetter {
  /** The project that they were for. */
  readonly project: string
  /** The logstore that they were for. */
  readonly logstore: string
  /** Their topic; empty where they have none. */
  readonly topic: string
  /** Their source; empty where they have none. */
  readonly source: string
  /** Where the log was in the list that was sent; 0 for a single log. */
  readonly index: number
  /** As it was encoded: time in seconds, values as text. */
  readonly log: DecodedLog
  /** Why the logs were given up. */
  readonly error: SendError
}

/** What becomes of the part in front of a batch, which is the one log that was refused. */
export function deadLetterOf({ key, raw, partIndex }: ProducerBatch, error: SendError): DeadLetter {
  const { project, logstore, topic, source } = key
  const log = decodeLogGroup(raw).logs[0] as DecodedLog
  return { project, logstore, topic, source, index: partIndex, log, error }
}
