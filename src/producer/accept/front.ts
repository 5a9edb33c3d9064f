import { asProducerError, ProducerError } from '../../core/errors.ts'
import type { Log } from '../../sls/wire/log.ts'
import type { GroupKey } from '../batch/group-key.ts'
import { CallbackSend, type SendCallback } from '../sends/callback-send.ts'
import { PromiseSend } from '../sends/promise-send.ts'
import type { SendResult } from '../sends/send-result.ts'
import { type Destinations, unknownProject } from './destinations.ts'
import { countOf, type Intake } from './intake.ts'
import type { Refusals } from './refusals.ts'
import type { SendOptions, SendRequest } from './send-request.ts'
import type { WriterTarget } from './writer.ts'

export interface FrontParts {
  readonly intake: Intake
  readonly destinations: Destinations
  readonly refusals: Refusals
  /** A try found no room. */
  readonly full: () => void
  /** The producer is calling its logger. */
  readonly isLogging: () => boolean
}

/** The forms of sending, promise, callback and try, brought to one: a group key, logs, and a send that waits. */
export class Front implements WriterTarget {
  readonly #parts: FrontParts

  constructor(parts: FrontParts) {
    this.#parts = parts
  }

  send(request: SendRequest, callback?: SendCallback): Promise<SendResult> | undefined {
    try {
      return this.#send(this.#resolve(request), request.logs, request, callback)
    } catch (thrown) {
      return this.#reject(asProducerError(thrown), countIn(request), callback)
    }
  }

  trySend(request: SendRequest, callback?: SendCallback): boolean {
    try {
      return this.#trySend(this.#resolve(request), request.logs, callback)
    } catch (thrown) {
      this.#refuse(asProducerError(thrown), countIn(request), callback)
      return true
    }
  }

  sendTo(key: GroupKey, log: Log, options: SendOptions, callback?: SendCallback): Promise<SendResult> | undefined {
    const problem = this.#problemOf(key)
    return problem === undefined ? this.#send(key, log, options, callback) : this.#reject(problem, 1, callback)
  }

  trySendTo(key: GroupKey, log: Log, callback?: SendCallback): boolean {
    const problem = this.#problemOf(key)
    if (problem === undefined) return this.#trySend(key, log, callback)
    this.#refuse(problem, 1, callback)
    return true
  }

  #send(
    key: GroupKey,
    logs: Log | readonly Log[],
    options: SendOptions,
    callback: SendCallback | undefined,
  ): Promise<SendResult> | undefined {
    const logCount = countOf(logs)
    const send = callback === undefined ? new PromiseSend(logCount) : new CallbackSend(logCount, callback)
    const refusal = this.#parts.intake.accept(key, logs, send, options)
    if (refusal !== undefined) return this.#reject(refusal, logCount, callback)
    return send instanceof PromiseSend ? send.promise : undefined
  }

  #trySend(key: GroupKey, logs: Log | readonly Log[], callback: SendCallback | undefined): boolean {
    const send = callback && new CallbackSend(countOf(logs), callback)
    const refusal = this.#parts.intake.tryAccept(key, logs, send)
    if (refusal === undefined) return true
    if (refusal === 'full') this.#parts.full()
    else this.#refuse(refusal, countOf(logs), callback)
    return refusal !== 'full'
  }

  /** A callback is told; without one the promise that the caller gets is rejected. */
  #reject(error: ProducerError, logCount: number, callback?: SendCallback): Promise<never> | undefined {
    this.#refuse(error, logCount, callback)
    return callback === undefined ? this.#parts.refusals.promiseOf(error) : undefined
  }

  #refuse(error: ProducerError, logCount: number, callback: SendCallback | undefined): void {
    this.#parts.refusals.count(error, logCount)
    if (callback !== undefined) this.#parts.refusals.tell(new CallbackSend(logCount, callback), error)
  }

  #resolve(request: SendRequest): GroupKey {
    if (this.#parts.isLogging()) throw ownLoggerError()
    return this.#parts.destinations.resolve(request)
  }

  /** A writer's key was resolved once; what may have changed since is asked again. */
  #problemOf({ project }: GroupKey): ProducerError | undefined {
    if (this.#parts.isLogging()) return ownLoggerError()
    return this.#parts.destinations.isKnown(project) ? undefined : unknownProject(project)
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

function ownLoggerError(): ProducerError {
  const message = 'a logger that the producer calls cannot send through it: each line would cause the next'
  return new ProducerError('ERR_LOGHUB_INVALID_LOG', message)
}
