import { ProducerError } from '../../core/errors.ts'
import { EncodedLogs } from './encoded-logs.ts'
import { asLogError } from './invalid-log.ts'
import type { Contents, Log } from './log.ts'
import { checkLogFields } from './log-fields.ts'
import { logTimeMs } from './log-time.ts'

/**
 * Encodes logs as `Logs` fields of a LogGroup (0x0A, length, Log), which can be put one behind the other. What it holds is
 * measured to the byte, so that the caller can make room before {@link writeTo}; the next call replaces it.
 */
export class LogEncoder {
  // Taken out while logs are read: a getter or toJSON is user code and may encode again with this very encoder. It then
  // finds nothing here and starts afresh, and the outer call is not disturbed.
  #held: EncodedLogs | undefined = new EncodedLogs()

  get logCount(): number {
    return this.#held === undefined ? 0 : this.#held.count
  }

  /** Exact bytes of what is held. */
  get sizeInBytes(): number {
    return this.#held === undefined ? 0 : this.#held.sizeInBytes
  }

  /**
   * @param nanoseconds the nanosecond part of the time, 0 to 999,999,999, or 'from-time'; none is stored when undefined
   * @throws ProducerError `ERR_LOGHUB_INVALID_LOG`, `ERR_LOGHUB_LOG_TOO_LARGE`; nothing is held then
   */
  encode(contents: Contents, timeMs: number, nanoseconds?: Log['nanoseconds']): void {
    const held = this.#take()
    try {
      held.add(contents, timeMs, nanoseconds)
    } catch (thrown) {
      held.clear()
      throw asLogError(thrown)
    } finally {
      this.#held = held
    }
  }

  /**
   * Encodes a list, all or nothing.
   *
   * @param nowMs the time of logs that have none
   * @throws ProducerError as {@link encode}; the message names the index of the bad log
   */
  encodeAll(logs: readonly Log[], nowMs: number): void {
    const held = this.#take()
    let index = 0
    try {
      for (const count = logs.length; index < count; index++) addLog(held, logs[index]!, nowMs)
    } catch (thrown) {
      held.clear()
      const error = asLogError(thrown)
      throw new ProducerError(error.code, `logs[${index}]: ${error.message}`, { cause: error.cause })
    } finally {
      this.#held = held
    }
  }

  /** End offset of a log in what is held. */
  endOf(index: number): number {
    return this.#held === undefined ? 0 : this.#held.endOf(index)
  }

  /** Writes what is held to `target` at offset `at`; the caller has made {@link sizeInBytes} of room. */
  writeTo(target: Buffer, at: number): void {
    this.#held?.writeRange(target, at, 0, this.#held.count)
  }

  /** Writes a range of the logs held; the caller has made room for it, as told by {@link endOf}. */
  writeRangeTo(target: Buffer, at: number, firstLog: number, lastLogExclusive: number): void {
    this.#held?.writeRange(target, at, firstLog, lastLogExclusive)
  }

  /** Lets go of what is held: an idle encoder need not keep the text of a large list. */
  clear(): void {
    this.#held?.clear()
  }

  #take(): EncodedLogs {
    const held = this.#held ?? new EncodedLogs()
    this.#held = undefined
    held.clear()
    return held
  }
}

function addLog(held: EncodedLogs, log: Log, nowMs: number): void {
  checkLogFields(log)
  held.add(log.contents, logTimeMs(log.time, nowMs), log.nanoseconds)
}
