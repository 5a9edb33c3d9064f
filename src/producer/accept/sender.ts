import { asProducerError, ProducerError } from '../../core/errors.ts'
import type { Contents, Log } from '../../sls/wire/log.ts'
import type { LogRuns } from '../batch/encoded-logs.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { ResolveOn } from '../options.ts'
import { CallbackSend, type SendCallback } from '../sends/callback-send.ts'
import { LineSend, type LinesSettled } from '../sends/line-send.ts'
import type { LineOrigins, Origin } from '../sends/origin.ts'
import { OriginSend } from '../sends/origin-send.ts'
import { PromiseSend } from '../sends/promise-send.ts'
import type { SendResult } from '../sends/send-result.ts'
import { SilentList } from '../sends/silent-send.ts'
import { type Destinations, unknownProject } from './destinations.ts'
import { countOf, type Intake } from './intake.ts'
import type { Refusals } from './refusals.ts'
import { checkLogTime, checkWriteOptions, logsOf } from './send-fields.ts'
import type { SendOptions, SendRequest } from './send-request.ts'
import type { LogTime, WriteOptions, WriterTarget } from './writer.ts'

export interface SenderParts {
  readonly intake: Intake
  readonly destinations: Destinations
  readonly refusals: Refusals
  /** A try found no room. */
  readonly full: (project: string) => void
  /** A send was refused for want of room. Who made it may not wait: nothing is sent early for it. */
  readonly refusedForRoom: (project: string) => void
  /** The producer's own; undefined where there is no spool. */
  readonly resolveOn: ResolveOn | undefined
  /** The producer is calling its logger. */
  readonly isLogging: () => boolean
}

/** The forms of sending, promise, callback and try, brought to one: a group key, logs, and a send that waits. */
export class Sender implements WriterTarget {
  readonly #parts: SenderParts

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  send(request: SendRequest, callback?: SendCallback): Promise<SendResult> | undefined {
    try {
      checkCallback(callback)
      const logs = this.#logsOf(request)
      return this.#send(this.#parts.destinations.resolve(request), logs, request, callback, request.origin)
    } catch (thrown) {
      return this.#reject(asProducerError(thrown), countIn(request), callback)
    }
  }

  trySend(request: SendRequest, callback?: SendCallback): boolean {
    try {
      checkCallback(callback)
      const logs = this.#logsOf(request)
      return this.#trySend(this.#parts.destinations.resolve(request), logs, callback, request.origin)
    } catch (thrown) {
      this.#refuse(asProducerError(thrown), countIn(request), callback)
      return true
    }
  }

  sendTo(
    key: GroupKey,
    contents: Contents,
    options: WriteOptions | undefined,
    callback?: SendCallback,
  ): Promise<SendResult> | undefined {
    try {
      this.#checkWriter(key, callback)
      if (options === undefined || options === null) return this.#send(key, { contents }, NO_OPTIONS, callback)
      checkWriteOptions(options)
      const log = { contents, time: options.time, nanoseconds: options.nanoseconds }
      return this.#send(key, log, options, callback)
    } catch (thrown) {
      return this.#reject(asProducerError(thrown), 1, callback)
    }
  }

  trySendTo(key: GroupKey, log: Log, callback?: SendCallback, time?: LogTime): boolean {
    try {
      this.#checkWriter(key, callback)
      if (time === undefined || time === null) return this.#trySend(key, log, callback)
      checkLogTime(time)
      return this.#trySend(key, { ...log, time: time.time, nanoseconds: time.nanoseconds }, callback)
    } catch (thrown) {
      this.#refuse(asProducerError(thrown), 1, callback)
      return true
    }
  }

  appendRuns(key: GroupKey, logs: LogRuns, settled: LinesSettled, origins?: LineOrigins): number {
    checkCallback(settled)
    try {
      this.#checkWriter(key, undefined)
    } catch (thrown) {
      origins?.taken(undefined, 0, logs.count)
      this.#parts.refusals.refuse(new LineSend(0, logs.count, settled), logs.count, asProducerError(thrown))
      return logs.count
    }
    const taken = this.#parts.intake.takeRuns(key, logs, settled, {
      isDurable: this.#parts.resolveOn === 'durable',
      origins,
    })
    if (taken < logs.count) this.#parts.full(key.project)
    return taken
  }

  #send(
    key: GroupKey,
    logs: Log | readonly Log[],
    options: SendOptions,
    callback: SendCallback | undefined,
    origin?: Origin,
  ): Promise<SendResult> | undefined {
    const logCount = countOf(logs)
    const isDurable = this.#isDurable(options)
    const send = callback ? new CallbackSend(logCount, callback, isDurable) : new PromiseSend(logCount, isDurable)
    const pending = origin === undefined ? send : new OriginSend(send, origin)
    const refusal = this.#parts.intake.accept(key, logs, pending, options)
    if (refusal?.code === 'ERR_LOGHUB_BUFFER_FULL') this.#parts.refusedForRoom(key.project)
    if (refusal !== undefined) return this.#reject(refusal, logCount, callback)
    return send instanceof PromiseSend ? send.promise : undefined
  }

  #trySend(key: GroupKey, logs: Log | readonly Log[], callback: SendCallback | undefined, origin?: Origin): boolean {
    const logCount = countOf(logs)
    const send = callback && new CallbackSend(logCount, callback, this.#parts.resolveOn === 'durable')
    const pending = origin === undefined ? send : new OriginSend(send ?? new SilentList(logCount, 0), origin)
    const refusal = this.#parts.intake.tryAccept(key, logs, pending)
    if (refusal === undefined) return true
    if (refusal === 'full') this.#parts.full(key.project)
    else this.#refuse(refusal, logCount, callback)
    return refusal !== 'full'
  }

  /** @throws ProducerError `ERR_LOGHUB_OPTION`: nothing would ever be on disk */
  #isDurable({ resolveOn, overflow }: SendOptions): boolean {
    const own = this.#parts.resolveOn
    if (own === undefined && (resolveOn === 'durable' || overflow === 'spill')) {
      const what = resolveOn === 'durable' ? "resolveOn: 'durable'" : "overflow: 'spill'"
      throw new ProducerError('ERR_LOGHUB_OPTION', `${what} needs the producer's option spool: { directory }`)
    }
    return (resolveOn ?? own) === 'durable'
  }

  /** A callback is told; without one the promise that the caller gets is rejected. */
  #reject(error: ProducerError, logCount: number, callback?: SendCallback): Promise<never> | undefined {
    this.#refuse(error, logCount, callback)
    return isCallback(callback) ? undefined : this.#parts.refusals.promiseOf(error)
  }

  #refuse(error: ProducerError, logCount: number, callback: SendCallback | undefined): void {
    this.#parts.refusals.count(error, logCount)
    if (isCallback(callback)) this.#parts.refusals.tell(new CallbackSend(logCount, callback), error)
  }

  #logsOf(request: SendRequest): SendRequest['logs'] {
    if (this.#parts.isLogging()) throw ownLoggerError()
    return logsOf(request)
  }

  /** A writer's key was resolved once; what may have changed since is asked again. */
  #checkWriter({ project }: GroupKey, callback: SendCallback | undefined): void {
    checkCallback(callback)
    if (this.#parts.isLogging()) throw ownLoggerError()
    if (!this.#parts.destinations.isKnown(project)) throw unknownProject(project)
  }
}

const NO_OPTIONS: SendOptions = {}

function isCallback(callback: unknown): callback is SendCallback {
  return typeof callback === 'function'
}

/** @throws ProducerError `ERR_LOGHUB_INVALID_LOG`: what is given in its place could not be told anything */
function checkCallback(callback: unknown): void {
  if (callback === undefined || callback === null || isCallback(callback)) return
  throw new ProducerError(
    'ERR_LOGHUB_INVALID_LOG',
    `the callback of a send must be a function, got ${typeof callback === 'object' ? 'an object' : `a ${typeof callback}`}`,
  )
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
