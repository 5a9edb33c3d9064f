export interface Sent {
  readonly ids: readonly number[]
  readonly group: string
  /** No callback and no promise reports the result. */
  readonly isSilent: boolean
  /** `trySend` returned false. */
  isTurnedAway: boolean
  /** The call has returned: what is flushed from now on includes it. */
  isOffered: boolean
  /** Code that ran before it was accepted sent to its group, or may have: its ids need not rise with the others. */
  isUnordered: boolean
  calls: number
  error: Error | null
}

/** What a model run counts by itself: what was sent, and what the producer has reported. {@link ModelLaw} compares. */
export class ModelRecord {
  readonly sent: Sent[] = []
  /** Logs of the events, by name. */
  readonly told = { success: 0, failure: 0, drop: 0, refused: 0 }
  /** The contents of each log, by its id. */
  readonly given = new Map<number, string>()
  readonly signals: AbortSignal[] = []
  /** What went wrong in code of the user: a producer keeps what is thrown there from reaching the test. */
  readonly problems: unknown[] = []
  /** The sink stored a batch and reported a failure: it may be stored twice. */
  mayDuplicate = false
  isClosed = false
  /** Logs that `sendAll` has sent, as far as that is known. */
  sentByAll = 0
  /** Calls of `sendAll` of which that is not known yet. */
  uncountedSendAlls = 0
}
