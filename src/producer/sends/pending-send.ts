import type { ProducerError } from '../../core/errors.ts'
import type { Origin } from './origin.ts'
import type { SendResult } from './send-result.ts'

/** Told of what code of the user throws, or what a promise that it returns rejects with. */
export type ForeignErrorReport = (error: Error) => void

/**
 * A send whose caller waits. It is settled exactly once: with a result, with the error of a delivery that failed,
 * or, before its logs were accepted, with a refusal, which has no result.
 */
export interface PendingSend {
  readonly logCount: number
  /** Where its first log is in the list of its caller. Default: 0. */
  readonly firstIndex?: number
  /** Bytes that the waiting itself holds, charged to the memory budget beside the encoded logs. */
  readonly heldBytes: number
  /** It is settled as soon as its logs are on disk, where they are to be kept there; else with their verdict. */
  readonly isDurable?: boolean
  /** Where its logs come from. */
  readonly origin?: Origin | undefined
  /** Nobody is told. */
  readonly isSilent?: boolean
  /** Never throws. */
  settle(error: ProducerError | null, result: SendResult | undefined, report: ForeignErrorReport): void
  /**
   * Of the send of one log: takes its place behind the send before it. Returns what is to be put there, which may be a
   * run that begins with it; nothing when it went into `last`, a run already.
   */
  follow?(last: PendingSend | undefined): PendingSend | undefined
}

/**
 * Sends of one log each, one behind the other, that wait in the same way: one object for many logs, so that a log costs
 * next to nothing until its verdict. It grows by {@link PendingSend.follow} while its batch is open.
 */
export interface SendRun extends PendingSend {
  /** The next logs of the run, front to back, as a send of their own: the run gets its verdict piece by piece. */
  cut(logCount: number): PendingSend
}

/** Logs of a run at most: a run is settled without a break, and the event loop is to turn now and then. */
export const MAX_RUN_LOGS = 512

export function isRun(send: PendingSend): send is SendRun {
  return 'cut' in send
}
