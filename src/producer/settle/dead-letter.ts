import { type DecodedLog, decodeLogGroup } from '../../sls/wire/decode-log-group.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { SendError } from '../sends/send-error.ts'

/** A log that the service will never accept: refused for its content, or too large by itself. */
export interface DeadLetter {
  /** The project that it was for. */
  readonly project: string
  /** The logstore that it was for. */
  readonly logstore: string
  /** Its topic; empty if it has none. */
  readonly topic: string
  /** Its source; empty if it has none. */
  readonly source: string
  /** Index of the log in the list that was sent; 0 for a single log. */
  readonly index: number
  /** The log as it was encoded: time in seconds, values as text. */
  readonly log: DecodedLog
  /** Why the log was refused. */
  readonly error: SendError
}

/** What becomes of the part in front of a batch, which is the one log that was refused. */
export function deadLetterOf({ key, raw, partIndex }: ProducerBatch, error: SendError): DeadLetter {
  const { project, logstore, topic, source } = key
  const log = decodeLogGroup(raw).logs[0] as DecodedLog
  return { project, logstore, topic, source, index: partIndex, log, error }
}
