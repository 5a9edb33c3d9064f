import { ListSend } from '../sends/list-send.ts'
import { isRun, type PendingSend } from '../sends/pending-send.ts'

/** Walks the sends of a batch by its logs, front to back, when a batch gets its verdict piece by piece. */
export class SendCursor {
  readonly #sends: readonly PendingSend[]
  #at = 0
  /** Logs of the current send that are taken already, and what joins its pieces. */
  #takenLogs = 0
  #joint: ListSend | undefined

  constructor(sends: readonly PendingSend[]) {
    this.#sends = sends
  }

  /** Where the next log is in the list of its caller. */
  get nextIndex(): number {
    const send = this.#sends[this.#at]
    // Most runs are made of single logs, each the first and only one of its send.
    if (send === undefined || (isRun(send) && send.firstIndex === undefined)) return 0
    return (send.firstIndex ?? 0) + this.#takenLogs
  }

  /** The sends of the next logs; of a send that goes on behind them, a piece. */
  take(logCount: number): PendingSend[] {
    const taken: PendingSend[] = []
    let missing = logCount
    while (missing > 0 && this.#at < this.#sends.length) {
      const send = this.#sends[this.#at] as PendingSend
      const logs = Math.min(missing, send.logCount - this.#takenLogs)
      taken.push(this.#piece(send, logs))
      missing -= logs
    }
    return taken
  }

  #piece(send: PendingSend, logs: number): PendingSend {
    const piece = logs === send.logCount ? send : this.#cut(send, logs)
    this.#takenLogs += logs
    if (this.#takenLogs === send.logCount) {
      this.#at++
      this.#takenLogs = 0
      this.#joint = undefined
    }
    return piece
  }

  #cut(send: PendingSend, logs: number): PendingSend {
    if (isRun(send)) return send.cut(logs)
    this.#joint ??= new ListSend(send, send.logCount)
    return this.#joint.part(logs, this.nextIndex)
  }
}
