import type { Clock } from '../../core/clock.ts'
import { asProducerError, ProducerError } from '../../core/errors.ts'
import { limits } from '../../sls/limits.ts'
import type { Log } from '../../sls/log.ts'
import { LogEncoder } from '../../sls/log-encoder.ts'
import { logTimeMs } from '../../sls/log-time.ts'
import type { GroupKey } from '../accumulate/group-key.ts'
import type { LiveOptions } from '../options.ts'
import type { PendingSend } from '../settle/pending-send.ts'
import { type AdmissionOutlets, abortedError, BlockedSends, bufferFullError } from './blocked-sends.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { checkSendOptions, type SendOptions } from './send-request.ts'

/**
 * What a log meets first: it is checked and encoded, its memory is reserved, and it goes on to the accumulator; or it
 * waits, or is refused. Encoded here, in the caller's turn: what the caller does to the object afterwards changes nothing.
 */
export class Intake {
  readonly #options: LiveOptions
  readonly #clock: Clock
  readonly #budget: MemoryBudget
  readonly #blocked: BlockedSends
  readonly #outlets: AdmissionOutlets
  readonly #encoder = new LogEncoder()
  #isClosed = false

  constructor(options: LiveOptions, clock: Clock, budget: MemoryBudget, outlets: AdmissionOutlets) {
    this.#options = options
    this.#clock = clock
    this.#budget = budget
    this.#outlets = outlets
    this.#blocked = new BlockedSends(options, clock, budget, outlets)
  }

  get blockedSends(): number {
    return this.#blocked.size
  }

  get blockedBytes(): number {
    return this.#blocked.bytes
  }

  /** Takes logs, now or when there is room. Never throws: what is refused goes to the outlet. */
  accept(key: GroupKey, logs: Logs, send: PendingSend | undefined, options: SendOptions): void {
    try {
      checkSendOptions(options)
      const bytes = this.#encode(logs, send)
      if (this.#budget.tryReserve(bytes)) return this.#outlets.admitted(key, this.#encoder, send)
      this.#overflow(key, bytes, send, options)
    } catch (thrown) {
      this.#outlets.refused(send, countOf(logs), asProducerError(thrown))
    }
  }

  /** Takes logs if there is room now; false only where there is none. */
  tryAccept(key: GroupKey, logs: Logs, send: PendingSend | undefined): boolean {
    try {
      const bytes = this.#encode(logs, send)
      if (!this.#budget.tryReserve(bytes)) return false
      this.#outlets.admitted(key, this.#encoder, send)
    } catch (thrown) {
      this.#outlets.refused(send, countOf(logs), asProducerError(thrown))
    }
    return true
  }

  /** Resolves when all sends that wait for memory now have been admitted or refused. */
  whenUnblocked(): Promise<void> {
    return this.#blocked.whenGone()
  }

  /** No more logs; those that wait for memory are refused. */
  close(): void {
    this.#isClosed = true
    this.#blocked.refuseAll(closedError('the producer was closed while the send waited for memory'))
  }

  /** Returns the bytes of memory that the encoded logs and their send will hold. */
  #encode(logs: Logs, send: PendingSend | undefined): number {
    if (isList(logs)) this.#encodeList(logs)
    else this.#encodeOne(logs)
    // Asked last: encoding runs code of the caller (getters, toJSON), which may have closed the producer.
    if (this.#isClosed) throw closedError('the producer is closed')
    const bytes = this.#encoder.sizeInBytes + (send?.heldBytes ?? 0)
    if (bytes > this.#budget.totalBytes) throw neverFits(bytes, this.#budget.totalBytes)
    return bytes
  }

  #encodeOne(log: Log): void {
    if (typeof log !== 'object' || log === null)
      throw invalid(`logs must be a log or a list of logs, got ${String(log)}`)
    this.#encoder.encode(log.contents, logTimeMs(log.time, this.#clock.now()), log.nanoseconds)
  }

  #encodeList(logs: readonly Log[]): void {
    if (logs.length === 0) throw invalid('logs must hold at least one log, got an empty list')
    if (logs.length > limits.requestLogs) {
      const message = `a send takes at most ${limits.requestLogs} logs, got ${logs.length}: cut the list`
      throw new ProducerError('ERR_LOGHUB_TOO_MANY_LOGS', message)
    }
    this.#encoder.encodeAll(logs, this.#clock.now())
  }

  #overflow(key: GroupKey, bytes: number, send: PendingSend | undefined, options: SendOptions): void {
    const { overflow, maxBlockMs } = this.#options.current
    const waitMs = options.maxBlockMs ?? maxBlockMs
    if ((options.overflow ?? overflow) === 'reject') throw bufferFullError(this.#budget, 'there is no room')
    if (waitMs === 0) throw bufferFullError(this.#budget, 'there is no room and maxBlockMs is 0')
    if (options.signal?.aborted) throw abortedError(options.signal)
    if (!this.#blocked.hasRoomFor(bytes)) throw bufferFullError(this.#budget, 'as many sends wait for room as may')
    this.#blocked.add({ key, logs: this.#encoder, send, maxBlockMs: waitMs, signal: options.signal })
  }
}

type Logs = Log | readonly Log[]

function isList(logs: Logs): logs is readonly Log[] {
  return Array.isArray(logs)
}

/** For the counters, so it takes what a caller without types may pass. */
export function countOf(logs: unknown): number {
  return Array.isArray(logs) ? Math.max(1, logs.length) : 1
}

function invalid(message: string): ProducerError {
  return new ProducerError('ERR_LOGHUB_INVALID_LOG', message)
}

export function closedError(message: string): ProducerError {
  return new ProducerError('ERR_LOGHUB_CLOSED', message)
}

function neverFits(bytes: number, totalBytes: number): ProducerError {
  const message = `the logs need ${bytes} bytes, more than totalSizeInBytes (${totalBytes}): send fewer at once or raise it`
  return new ProducerError('ERR_LOGHUB_LOG_TOO_LARGE', message)
}
