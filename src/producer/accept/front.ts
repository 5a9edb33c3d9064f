import { asProducerError } from '../../core/errors.ts'
import type { Log } from '../../sls/log.ts'
import type { GroupKey } from '../accumulate/group-key.ts'
import { CallbackSend, type PendingSend, PromiseSend, type SendCallback } from '../settle/pending-send.ts'
import type { SendResult } from '../settle/send-result.ts'
import type { AdmissionOutlets } from './blocked-sends.ts'
import type { Destinations } from './destinations.ts'
import { countOf, type Intake } from './intake.ts'
import type { SendOptions, SendRequest } from './send-request.ts'
import type { WriterTarget } from './writer.ts'

export interface FrontParts {
  readonly intake: Intake
  readonly destinations: Destinations
  readonly refused: AdmissionOutlets['refused']
  /** A try found no room. */
  readonly full: () => void
}

/** The forms of sending, promise, callback and try, brought to one: a group key, logs, and a send that waits. */
export class Front implements WriterTarget {
  readonly #parts: FrontParts

  constructor(parts: FrontParts) {
    this.#parts = parts
  }

  send(request: SendRequest, callback?: SendCallback): Promise<SendResult> | undefined {
    const send = pendingSend(countIn(request), callback)
    try {
      this.#parts.intake.accept(this.#parts.destinations.resolve(request), request.logs, send, request)
    } catch (thrown) {
      this.#parts.refused(send, countIn(request), asProducerError(thrown))
    }
    return promiseOf(send)
  }

  trySend(request: SendRequest, callback?: SendCallback): boolean {
    const send = callback && new CallbackSend(countIn(request), callback)
    try {
      return this.#try(this.#parts.destinations.resolve(request), request.logs, send)
    } catch (thrown) {
      this.#parts.refused(send, countIn(request), asProducerError(thrown))
      return true
    }
  }

  sendTo(key: GroupKey, log: Log, options: SendOptions, callback?: SendCallback): Promise<SendResult> | undefined {
    const send = pendingSend(1, callback)
    if (this.#isKnown(key, send)) this.#parts.intake.accept(key, log, send, options)
    return promiseOf(send)
  }

  trySendTo(key: GroupKey, log: Log, callback?: SendCallback): boolean {
    const send = callback && new CallbackSend(1, callback)
    if (!this.#isKnown(key, send)) return true
    return this.#try(key, log, send)
  }

  #try(key: GroupKey, logs: Log | readonly Log[], send: PendingSend | undefined): boolean {
    if (this.#parts.intake.tryAccept(key, logs, send)) return true
    this.#parts.full()
    return false
  }

  #isKnown(key: GroupKey, send: PendingSend | undefined): boolean {
    try {
      this.#parts.destinations.requireProject(key.project)
      return true
    } catch (thrown) {
      this.#parts.refused(send, 1, asProducerError(thrown))
      return false
    }
  }
}

/** Reading a request may run code of the caller, and throw. */
function countIn(request: SendRequest | undefined): number {
  try {
    return countOf(request?.logs)
  } catch {
    return 1
  }
}

function pendingSend(logCount: number, callback: SendCallback | undefined): PendingSend {
  return callback === undefined ? new PromiseSend(logCount) : new CallbackSend(logCount, callback)
}

function promiseOf(send: PendingSend): Promise<SendResult> | undefined {
  return send instanceof PromiseSend ? send.promise : undefined
}
