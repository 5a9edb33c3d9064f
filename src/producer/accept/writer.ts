import { LineLogs, type Lines } from '../../sls/wire/line-logs.ts'
import type { Contents, Log } from '../../sls/wire/log.ts'
import type { LogBuffer } from '../../sls/wire/log-buffer.ts'
import type { LogRuns } from '../batch/encoded-logs.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { SendCallback } from '../sends/callback-send.ts'
import type { LinesSettled } from '../sends/line-send.ts'
import type { LineOrigins } from '../sends/origin.ts'
import type { SendResult } from '../sends/send-result.ts'
import type { SendOptions } from './send-request.ts'

/** The time of a log. */
export interface LogTime {
  /** A Date or epoch milliseconds. Default: now. */
  readonly time?: Log['time']
  /** The nanosecond part of the time, 0 to 999,999,999, or `'from-time'`. Default: none. */
  readonly nanoseconds?: Log['nanoseconds']
}

/** The time of a log, and how its send behaves when there is no memory. */
export interface WriteOptions extends SendOptions, LogTime {}

/** What a writer needs of its producer. */
export interface WriterTarget {
  sendTo(
    key: GroupKey,
    contents: Contents,
    options: WriteOptions | undefined,
    callback?: SendCallback,
  ): Promise<SendResult> | undefined
  trySendTo(key: GroupKey, log: Log, callback?: SendCallback, time?: LogTime): boolean
  appendRuns(key: GroupKey, logs: LogRuns, onSettled: LinesSettled, origins?: LineOrigins): number
}

/**
 * Sends logs to a destination that is resolved once: the shortest and fastest way. Created by `producer.writer()`.
 *
 * @example
 * ```ts
 * const writer = producer.writer({ topic: 'api', shardHash: 'user-42' })
 * writer.send({ level: 'info', ms: 12 })
 * if (!writer.trySend({ level: 'debug' })) await producer.ready()
 * ```
 */
export class Writer {
  readonly #target: WriterTarget
  readonly #key: GroupKey

  /** @internal */
  constructor(target: WriterTarget, key: GroupKey) {
    this.#target = target
    this.#key = key
  }

  /**
   * Sends one log, given its fields; a field may have any name, also `contents`. Resolves and rejects like `producer.send`.
   */
  send(contents: Contents, options?: WriteOptions): Promise<SendResult>
  /** Sends one log and calls `callback` once with its result; no promise is created. */
  send(contents: Contents, callback: SendCallback): void
  send(contents: Contents, options: WriteOptions | undefined, callback: SendCallback): void
  send(
    contents: Contents,
    second?: WriteOptions | SendCallback,
    third?: SendCallback,
  ): Promise<SendResult> | undefined {
    // A function before another one is no options: the other is told so.
    const isCallback = typeof second === 'function' && third === undefined
    if (isCallback) return this.#target.sendTo(this.#key, contents, undefined, second as SendCallback)
    return this.#target.sendTo(this.#key, contents, second as WriteOptions | undefined, third)
  }

  /**
   * Sends one log if there is memory now, and returns whether there was: after false, wait for the `drain` event or `ready()`. A log
   * that is refused for another reason (bad input, closed) is reported to the callback and the `refused` event, and returns true.
   */
  trySend(contents: Contents, callback?: SendCallback): boolean
  trySend(contents: Contents, time: LogTime | undefined, callback?: SendCallback): boolean
  trySend(contents: Contents, second?: LogTime | SendCallback, third?: SendCallback): boolean {
    const isCallback = typeof second === 'function' && third === undefined
    if (isCallback) return this.#target.trySendTo(this.#key, { contents }, second as SendCallback)
    return this.#target.trySendTo(this.#key, { contents }, third, second as LogTime | undefined)
  }

  /**
   * Takes lines of UTF-8 text out of a buffer, each as a log of one field, and returns how many from the front were taken:
   * fewer than given where there is no room, and then the rest is for later (`drain` event, `ready()`). The bytes are
   * copied before it returns. `onSettled` is called once for each run of lines with one verdict, in any order, never
   * before this returns; lines that are refused (too large, closed) count as taken, and are told as well. With `resolveOn:
   * 'durable'` a verdict is that they are on disk. `origins` tells where lines come from that can be read again.
   * @throws ProducerError `ERR_LOGHUB_INVALID_LOG` when a line is not inside the buffer, or key or time are wrong
   */
  appendLines(lines: Lines, onSettled: LinesSettled, origins?: LineOrigins): number {
    return this.#target.appendRuns(this.#key, new LineLogs(lines), onSettled, origins)
  }

  /**
   * Takes logs that were encoded where they were read; everything else is like {@link appendLines}, with logs instead of lines.
   * Those that were taken stay in the buffer: `logs.drop(taken)`, or `logs.clear()`.
   */
  appendLogs(logs: LogBuffer, onSettled: LinesSettled, origins?: LineOrigins): number {
    return this.#target.appendRuns(this.#key, logs, onSettled, origins)
  }
}
