import type { ProducerError } from '../../core/errors.ts'
import type { Origin } from './origin.ts'
import type { ForeignErrorReport, PendingSend } from './pending-send.ts'
import type { SendResult } from './send-result.ts'

/** A send whose logs have an origin. It joins no run: the origin is that of its logs alone. */
export class OriginSend implements PendingSend {
  readonly origin: Origin
  readonly #send: PendingSend

  constructor(send: PendingSend, origin: Origin) {
    this.#send = send
    this.origin = origin
  }

  get logCount(): number {
    return this.#send.logCount
  }

  get firstIndex(): number {
    return this.#send.firstIndex ?? 0
  }

  get heldBytes(): number {
    return this.#send.heldBytes
  }

  get isDurable(): boolean {
    return this.#send.isDurable ?? false
  }

  get isSilent(): boolean {
    return this.#send.isSilent ?? false
  }

  settle(error: ProducerError | null, result: SendResult | undefined, report: ForeignErrorReport): void {
    this.#send.settle(error, result, report)
  }
}
