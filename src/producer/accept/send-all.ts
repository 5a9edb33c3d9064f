// Imported: fake timers of a test of the application replace the global one.
import { setImmediate } from 'node:timers'
import { abortedError, ProducerError } from '../../core/errors.ts'
import { runForeign } from '../../core/safe-emitter.ts'
import type { Contents, Log } from '../../sls/wire/log.ts'
import { asLog } from './as-log.ts'
import type { LogStreamTarget } from './log-stream.ts'

/** Options of `sendAll`. */
export interface SendAllOptions {
  /** Ends the reading. Accepted logs are still delivered; then the call rejects with `ERR_LOGHUB_ABORTED`. */
  readonly signal?: AbortSignal | undefined
  /** Called with the error of each log that was not delivered. The reading continues. */
  readonly onError?: ((error: ProducerError) => void) | undefined
}

/** Results of the logs of an iterable. */
export interface SendAllReport {
  /** Logs that the iterable gave. */
  readonly sent: number
  /** Logs that the service has stored. */
  readonly delivered: number
  /** Logs that were refused or given up. */
  readonly failed: number
  /** The first failure, if there was one. */
  readonly firstError: ProducerError | undefined
}

/** Logs that come one after another, at once or over time. */
export type LogIterable = Iterable<Contents | Log> | AsyncIterable<Contents | Log>

/** A loop over something that is all there never waits for the event loop: it must let it turn now and then. */
const LOGS_PER_TURN = 1000

/** Reads no faster than memory allows and ends when each log has its verdict. */
export async function sendAll(
  logs: LogIterable,
  target: LogStreamTarget,
  options: SendAllOptions,
): Promise<SendAllReport> {
  checkIterable(logs)
  const run = new SendAllRun(target, options)
  let reading: unknown
  try {
    for await (const log of endedBy(options.signal, logs)) await run.send(asLog(log))
  } catch (thrown) {
    const isAborted = options.signal?.aborted === true && thrown === options.signal.reason
    reading = { thrown: isAborted ? abortedError('sendAll()', options.signal) : thrown }
  }
  const report = await run.end()
  if (reading !== undefined) throw (reading as { thrown: unknown }).thrown
  return report
}

function checkIterable(logs: unknown): void {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(logs)
  if (typeof logs !== 'string' && (typeof sync === 'function' || typeof async === 'function')) return
  const message = 'sendAll takes an iterable of logs, sync or async: write sendAll([log]) for one'
  throw new ProducerError('ERR_LOGHUB_INVALID_LOG', message)
}

/** The same logs; the signal also ends the wait for the next of them. */
function endedBy(signal: AbortSignal | undefined, logs: LogIterable): LogIterable {
  if (signal === undefined || !(Symbol.asyncIterator in logs)) return logs
  return raced(signal, logs)
}

async function* raced(signal: AbortSignal, logs: AsyncIterable<Contents | Log>): AsyncGenerator<Contents | Log> {
  const iterator = logs[Symbol.asyncIterator]()
  // Of the current wait: to race each with one lasting promise would keep something of every log until the end.
  let giveUp = (_reason: unknown) => {}
  const abort = () => giveUp(signal.reason)
  const nextLog = () =>
    new Promise<IteratorResult<Contents | Log>>((resolve, reject) => {
      giveUp = reject
      iterator.next().then(resolve, reject)
    })
  signal.addEventListener('abort', abort)
  let isDone = false
  try {
    signal.throwIfAborted()
    for (;;) {
      const next = await nextLog()
      isDone = next.done === true
      if (next.done) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', abort)
    // Not waited for: a generator that hangs in its own wait would never answer.
    if (!isDone)
      runForeign(
        () => iterator.return?.(),
        () => {},
      )
  }
}

class SendAllRun {
  readonly #target: LogStreamTarget
  readonly #options: SendAllOptions
  #sent = 0
  #settled = 0
  #failed = 0
  #firstError: ProducerError | undefined
  #closed: ProducerError | undefined
  #allSettled = () => {}

  constructor(target: LogStreamTarget, options: SendAllOptions) {
    this.#target = target
    this.#options = options
  }

  async send(log: Log): Promise<void> {
    const { signal } = this.#options
    signal?.throwIfAborted()
    // An iterable may have no end, and from here on every log of it would be refused.
    if (this.#closed !== undefined) throw this.#closed
    while (!this.#target.trySend(log, (error) => this.#settle(error))) await this.#target.ready(signal)
    if (++this.#sent % LOGS_PER_TURN === 0) await new Promise(setImmediate)
  }

  async end(): Promise<SendAllReport> {
    if (this.#settled < this.#sent) {
      await new Promise<void>((resolve) => {
        this.#allSettled = resolve
      })
    }
    const delivered = this.#sent - this.#failed
    return { sent: this.#sent, delivered, failed: this.#failed, firstError: this.#firstError }
  }

  /** Returns what `onError` does, so that a promise of it is handled with the callbacks. */
  #settle(error: ProducerError | null): unknown {
    this.#settled++
    if (error !== null) {
      this.#failed++
      this.#firstError ??= error
      if (error.code === 'ERR_LOGHUB_CLOSED') this.#closed = error
    }
    if (this.#settled === this.#sent) this.#allSettled()
    return error === null ? undefined : this.#options.onError?.(error)
  }
}
