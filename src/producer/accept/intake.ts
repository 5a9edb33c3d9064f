import type { Clock } from '../../core/clock.ts'
import { asProducerError, ProducerError } from '../../core/errors.ts'
import { limits } from '../../sls/limits.ts'
import type { Log } from '../../sls/wire/log.ts'
import { LogEncoder } from '../../sls/wire/log-encoder.ts'
import { logTimeMs } from '../../sls/wire/log-time.ts'
import type { EncodedLogs, LogRuns } from '../batch/encoded-logs.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { LiveOptions, Overflow } from '../options.ts'
import type { LinesSettled } from '../sends/line-send.ts'
import type { LineOrigins } from '../sends/origin.ts'
import type { PendingSend } from '../sends/pending-send.ts'
import { type Admission, abortedError, BlockedSends, bufferFullError } from './blocked-sends.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { takeRuns } from './run-intake.ts'
import { checkSendOptions, type SendOptions } from './send-request.ts'

/**
 * The first stage: checks and encodes a log, reserves its memory, and passes it to the accumulator; or lets it wait, or refuses
 * it. Logs are encoded inside the call, so later changes of the object have no effect.
 */
export class Intake {
  readonly #options: LiveOptions
  readonly #clock: Clock
  readonly #budget: MemoryBudget
  readonly #blocked: BlockedSends
  readonly #admission: Admission
  /** Undefined while its logs are appended to a batch: a send inside that call creates another one. */
  #encoder: LogEncoder | undefined = new LogEncoder()
  readonly #fullErrors = new Map<string, ProducerError>()
  #isClosed = false

  constructor(options: LiveOptions, clock: Clock, budget: MemoryBudget, admission: Admission) {
    this.#options = options
    this.#clock = clock
    this.#budget = budget
    this.#admission = admission
    this.#blocked = new BlockedSends(options, clock, budget, admission)
  }

  get blockedSends(): number {
    return this.#blocked.size
  }

  /** Projects with sends that wait for memory. */
  blockedProjects(): Iterable<string> {
    return this.#blocked.projects()
  }

  get blockedBytes(): number {
    return this.#blocked.bytes
  }

  /** Takes logs, now or when there is room. Never throws; if they are refused it returns the reason. */
  accept(key: GroupKey, logs: Logs, send: PendingSend | undefined, options: SendOptions): ProducerError | undefined {
    const encoder = this.#takeEncoder()
    try {
      checkSendOptions(options)
      if (options.signal?.aborted) return abortedError(options.signal)
      // Checked before the work of encoding: a caller that never awaits comes here a million times.
      if (!this.#blocked.hasRoomFor(key.project, 1) && !this.#isClosed && this.#waits(options)) {
        return this.#full(key, 'as many sends wait for room as may')
      }
      this.#encode(encoder, logs, send)
      return this.#tryAdmit(key, encoder, send) ? undefined : this.#overflow(key, encoder, send, options)
    } catch (thrown) {
      return asProducerError(thrown)
    } finally {
      this.#encoder = encoder
    }
  }

  /** Takes logs if there is room now. Returns `'full'` if there is none, or why they are refused. */
  tryAccept(key: GroupKey, logs: Logs, send: PendingSend | undefined): ProducerError | 'full' | undefined {
    const encoder = this.#takeEncoder()
    try {
      this.#encode(encoder, logs, send)
      return this.#tryAdmit(key, encoder, send) ? undefined : 'full'
    } catch (thrown) {
      return asProducerError(thrown)
    } finally {
      this.#encoder = encoder
    }
  }

  /** Takes logs of a list while there is room, and returns how many from the front. Logs that are refused for another reason are reported, and count as taken. */
  takeRuns(
    key: GroupKey,
    logs: LogRuns,
    settled: LinesSettled,
    how: { readonly isDurable: boolean; readonly origins: LineOrigins | undefined },
  ): number {
    return takeRuns(key, logs, settled, {
      ...how,
      totalBytes: this.#budget.totalBytes,
      roomOf: (key) => this.#admission.roomOf(key),
      tryAdmit: (key, logs, send) => this.#tryAdmit(key, logs, send),
      refused: (send, logCount, error) => this.#admission.refused(send, logCount, error),
    })
  }

  /**
   * Appends logs to the open batch of their group, which mostly has room for them; else only if there is memory for more. Logs that
   * fit may use all of the memory; the other fields of their request are small.
   */
  #tryAdmit(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): boolean {
    // Checked here, because encoding runs code of the caller (getters, toJSON), and so may the settlement of an earlier batch of lines.
    if (this.#isClosed) throw closedError('the producer is closed')
    if (this.#admission.tryAppend(key, logs, send)) return true
    const missing = this.#admission.missingBytes(key, logs.sizeInBytes) + (send?.heldBytes ?? 0)
    const bytes = Math.min(this.#budget.totalBytes, missing)
    if (!this.#budget.tryReserve(key.project, bytes)) return false
    this.#admit(key, logs, send, bytes)
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

  #takeEncoder(): LogEncoder {
    const encoder = this.#encoder ?? new LogEncoder()
    this.#encoder = undefined
    return encoder
  }

  #encode(encoder: LogEncoder, logs: Logs, send: PendingSend | undefined): void {
    if (isList(logs)) this.#encodeList(encoder, logs)
    else this.#encodeOne(encoder, logs)
    const { totalBytes } = this.#budget
    const bytes = encoder.sizeInBytes + (send?.heldBytes ?? 0)
    if (bytes > totalBytes && !this.#isClosed) throw neverFits(bytes, totalBytes)
  }

  /** The memory is reserved. Logs that cannot be appended release it. */
  #admit(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined, bytes: number): void {
    try {
      this.#admission.admitted(key, logs, send, bytes)
    } catch (thrown) {
      this.#budget.release(key.project, bytes)
      throw thrown
    }
  }

  /** Unknown fields are checked by the caller: the log of a writer is created here (`bench/calling-thread.mjs`). */
  #encodeOne(encoder: LogEncoder, log: Log): void {
    encoder.encode(log.contents, logTimeMs(log.time, this.#clock.now()), log.nanoseconds)
  }

  #encodeList(encoder: LogEncoder, logs: readonly Log[]): void {
    if (logs.length === 0) throw invalid('logs must hold at least one log, got an empty list')
    if (logs.length > limits.requestLogs) {
      const message = `a send takes at most ${limits.requestLogs} logs, got ${logs.length}: cut the list`
      throw new ProducerError('ERR_LOGHUB_TOO_MANY_LOGS', message)
    }
    encoder.encodeAll(logs, this.#clock.now())
  }

  #overflow(
    key: GroupKey,
    logs: EncodedLogs,
    send: PendingSend | undefined,
    options: SendOptions,
  ): ProducerError | undefined {
    const waitMs = options.maxBlockMs ?? this.#options.current.maxBlockMs
    const policy = this.#policy(options)
    if (policy === 'drop-oldest') return this.#displace(key, logs, send)
    if (policy === 'reject') return this.#full(key, 'there is no room')
    if (waitMs === 0) return this.#full(key, 'there is no room and maxBlockMs is 0')
    const { signal } = options
    if (signal?.aborted) return abortedError(signal)
    const heldBytes = logs.sizeInBytes + (send?.heldBytes ?? 0)
    if (!this.#blocked.hasRoomFor(key.project, heldBytes)) return this.#full(key, 'as many sends wait for room as may')
    this.#blocked.add({
      key,
      logs,
      send,
      bytes: this.#mostBytes(key, logs, send),
      maxBlockMs: waitMs,
      signal,
      isSpill: policy === 'spill',
    })
    return undefined
  }

  #waits(options: SendOptions): boolean {
    return this.#policy(options) === 'block' || this.#policy(options) === 'spill'
  }

  #policy(options: SendOptions): Overflow {
    return options.overflow ?? this.#options.current.overflow
  }

  /** Newer logs replace older ones. If sends wait nothing is dropped, because they would get the memory: they came first. */
  #displace(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): ProducerError | undefined {
    const bytes = this.#mostBytes(key, logs, send)
    while (!this.#budget.tryReserve(key.project, bytes)) {
      if (this.blockedSends > 0 || !this.#admission.dropOldest(key.project, bytes)) {
        return this.#full(key, 'there is no room, and nothing of its project could be dropped for it')
      }
    }
    this.#admit(key, logs, send, bytes)
    return undefined
  }

  /** Bytes that logs take in a new batch: the batch that is open now may be gone when there is room. */
  #mostBytes(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): number {
    const bytes = this.#admission.newBatchBytes(key, logs.sizeInBytes) + (send?.heldBytes ?? 0)
    return Math.min(this.#budget.totalBytes, bytes)
  }

  /**
   * One error for each turn of the event loop: a caller that sends in a loop without awaiting may be refused a million times before
   * other code can run, and a million errors with their stacks take a gigabyte.
   */
  #full({ project }: GroupKey, reason: string): ProducerError {
    const name = `${project}/${reason}`
    const known = this.#fullErrors.get(name)
    if (known !== undefined) return known
    const error = bufferFullError(this.#budget, project, reason)
    this.#fullErrors.set(name, error)
    queueMicrotask(() => this.#fullErrors.clear())
    return error
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
