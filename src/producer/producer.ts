import PQueue from 'p-queue'
import { checkSignal } from '../core/check-signal.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { withDeadline } from '../core/deadline.ts'
import { ProducerError } from '../core/errors.ts'
import { stderrLogger } from '../core/logger.ts'
import { Compressor } from '../sls/wire/compression.ts'
import { Destinations } from './accept/destinations.ts'
import { LogStream, type LogStreamOptions, type LogStreamTarget } from './accept/log-stream.ts'
import { type LogIterable, type SendAllOptions, type SendAllReport, sendAll } from './accept/send-all.ts'
import { checkDestination } from './accept/send-fields.ts'
import type { Destination, SendRequest } from './accept/send-request.ts'
import { Sender } from './accept/sender.ts'
import { Writer } from './accept/writer.ts'
import type { GroupKey } from './batch/group-key.ts'
import { laneRange } from './deliver/lane-range.ts'
import { installExitHook } from './exit-hook.ts'
import { type ReadyOptions, readOptions, readReady, readWait, type WaitOptions } from './given-options.ts'
import { withSpoolDefaults } from './keep/spool-config.ts'
import { spoolOnDisk } from './keep/spool-opening.ts'
import type { CloseReport } from './lifecycle.ts'
import { checkEventName, checkListener, type ProducerEvents, type ProducerListener } from './observe/events.ts'
import { GuardedLogger } from './observe/guarded-logger.ts'
import type { ProducerInspection } from './observe/inspection.ts'
import type { ProducerMetrics } from './observe/metrics.ts'
import type { ProducerConfig, ProjectChange, TunableChange, TunableOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'
import type { ProducerLike } from './producer-like.ts'
import { type Projects, projectsOf } from './projects.ts'
import { changeProblems, optionError, resolveConfig, withChange } from './resolve-options.ts'
import type { SendCallback } from './sends/callback-send.ts'
import type { Origin } from './sends/origin.ts'
import type { SendResult } from './sends/send-result.ts'

const DEFAULT_EXIT_TIMEOUT_MS = 5000

/**
 * Over all lanes. Compression runs in the thread pool of Node, which has four threads by default: what is begun beyond
 * them only holds memory for its copy, and keeps name look-ups and files of the application waiting.
 */
const COMPRESSIONS_AT_ONCE = 4

/**
 * Groups logs into batches and delivers them to the Log Service, with bounded memory, retries, and one result for every log.
 * The constructor does no I/O; connections open with the first batch.
 *
 * @example
 * ```ts
 * import { Producer } from 'loghub-producer'
 *
 * const producer = new Producer({ endpoint: 'cn-hangzhou.log.aliyuncs.com', project: 'shop', logstore: 'orders' })
 * producer.on('failure', ({ logCount, error }) => console.error(`${logCount} logs lost: ${error.message}`))
 * producer.send({ topic: 'api', logs: { contents: { level: 'info', ms: 12 } } })
 * await producer.close() // at the end of the program
 * ```
 */
export class Producer implements ProducerLike {
  readonly #live: { current: Readonly<TunableOptions> }
  readonly #clock: Clock
  readonly #projects: Projects
  readonly #pipeline: Pipeline
  readonly #destinations: Destinations
  readonly #sender: Sender
  readonly #removeExitHook: () => void
  /** Where batches are kept on disk, as an absolute path; undefined without a spool. */
  readonly spoolDirectory: string | undefined

  /** @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong with the options */
  constructor(config: ProducerConfig = {}) {
    const resolved = readOptions('the options', () => resolveConfig(config, process.env))
    const { tunables, compression, project, projectDefaults, names } = resolved
    const { clock = systemClock, logger = stderrLogger, random = Math.random } = config
    this.#live = { current: tunables }
    this.#clock = clock
    const guarded = new GuardedLogger(logger)
    this.#projects = projectsOf(config, {
      clock,
      logger: guarded,
      options: this.#live,
      projectDefaults,
      first: names.project,
    })
    if (project !== undefined) readOptions('the project', () => this.#projects.put(project))
    const compressor = new Compressor(compression, guarded)
    const compressions = new PQueue({ concurrency: COMPRESSIONS_AT_ONCE })
    const spoolConfig = config.spool && withSpoolDefaults(config.spool)
    const spool = spoolConfig && { config: spoolConfig, open: spoolOnDisk(spoolConfig, clock) }
    this.spoolDirectory = spoolConfig?.directory
    this.#pipeline = new Pipeline({
      options: this.#live,
      sink: this.#projects.sink,
      compress: (raw) => compressions.add(() => compressor.compress(raw)),
      router: config.router ?? 'least-loaded',
      clock,
      random,
      deadLetter: config.deadLetter,
      spool: spool && { ...spool, hasProject: (name) => this.#projects.has(name) },
      logger: guarded,
    })
    this.#destinations = new Destinations(this.#live, { ...names, hasProject: (name) => this.#projects.has(name) })
    this.#sender = new Sender({
      intake: this.#pipeline.intake,
      destinations: this.#destinations,
      refusals: this.#pipeline.refusals,
      full: (project) => this.#pipeline.shortage.full([project]),
      refusedForRoom: (project) => this.#pipeline.drain.full(project),
      resolveOn: spool && (config.resolveOn ?? 'delivered'),
      isLogging: () => guarded.isLogging,
    })
    this.#removeExitHook = config.exitHook ? this.#installExitHook(config.exitHook) : () => {}
  }

  /**
   * Accepts one log or a list. It encodes them before it returns, so later changes of the objects have no effect.
   *
   * The promise resolves when the logs are stored and rejects with a coded {@link ProducerError}: a refusal (bad input,
   * no room, closed), or a {@link SendError} with the attempts made. `send` never throws. A rejection that nobody handles does
   * not raise `unhandledRejection`: the failure is in the events and in the metrics. With a callback no promise is created.
   *
   * @example
   * ```ts
   * const { requestId } = await producer.send({ topic: 'api', logs: [{ contents: { n: 1 } }, { contents: { n: 2 } }] })
   * producer.send({ logs: { contents: { n: 3 } } }, (error) => error && console.error(error.code))
   * ```
   */
  send(request: SendRequest): Promise<SendResult>
  send(request: SendRequest, callback: SendCallback): void
  send(request: SendRequest, callback?: SendCallback): Promise<SendResult> | undefined {
    return this.#sender.send(request, callback)
  }

  /**
   * Accepts logs if there is memory now. Returns false if they would have to wait; a `drain` event follows then. Any other
   * problem is reported to the callback and the `refused` event, and returns true, because waiting would not help.
   *
   * @example
   * ```ts
   * if (!producer.trySend({ logs: { contents: { level: 'info' } } })) await producer.ready()
   * ```
   */
  trySend(request: SendRequest, callback?: SendCallback): boolean {
    return this.#sender.trySend(request, callback)
  }

  /**
   * Returns a writer, whose destination is resolved once: the shortest and fastest way to send logs one by one.
   * @throws ProducerError when the destination is wrong or its project unknown
   *
   * @example
   * ```ts
   * const api = producer.writer({ logstore: 'access', topic: 'api' })
   * api.send({ path: '/orders', ms: 12 })
   * ```
   */
  writer(destination: Destination = {}): Writer {
    return new Writer(this.#sender, this.#resolve(destination))
  }

  /**
   * Returns an object-mode Writable for `pipeline()`. It takes contents or logs, no faster than memory allows.
   * @throws ProducerError when the destination is wrong or its project unknown
   *
   * @example
   * ```ts
   * import { pipeline } from 'node:stream/promises'
   *
   * await pipeline(rows, producer.stream({ topic: 'import' }))
   * ```
   */
  stream(destination: Destination = {}, options: LogStreamOptions = {}): LogStream {
    const target = this.#target(destination)
    return readOptions('the options of a stream', () => new LogStream(target, options))
  }

  /**
   * Sends all logs of an iterable, sync or async, no faster than memory allows. Resolves when each log has its result; a log
   * that was not delivered is counted and reported to `onError`. Rejects with the error of the iterable, with
   * `ERR_LOGHUB_ABORTED` (the reason of the signal is the cause) or with `ERR_LOGHUB_CLOSED`, after each log that was read has its
   * result.
   *
   * @example
   * ```ts
   * const { delivered, failed } = await producer.sendAll(rows, { topic: 'import' })
   * ```
   */
  async sendAll(
    logs: LogIterable,
    destination: Destination = {},
    options: SendAllOptions = {},
  ): Promise<SendAllReport> {
    const target = this.#target(destination)
    readOptions('the options of sendAll', () => checkSignal(options.signal))
    return sendAll(logs, target, options)
  }

  /**
   * Resolves when there is memory; at once unless a `trySend` or a `send` has just found none. With `project`, it only waits
   * for room of this project, not for another one that is full.
   *
   * Rejects with `ERR_LOGHUB_ABORTED` if the signal aborts first (its reason is the cause), and with `ERR_LOGHUB_CLOSED`.
   */
  async ready(options: ReadyOptions = {}): Promise<void> {
    const { project, signal } = readReady(options)
    await this.#pipeline.lifecycle.ready(project, signal)
  }

  /**
   * Sends everything that was accepted before the call, without waiting for `lingerMs`. Resolves when each of those sends has its
   * result, success or failure, and its callback has run. Later sends are not waited for.
   *
   * Rejects with `ERR_LOGHUB_TIMEOUT` if `timeoutMs` passes first, and with `ERR_LOGHUB_ABORTED` if the signal aborts first
   * (its reason is the cause); nothing is cancelled then.
   *
   * @example
   * ```ts
   * await producer.flush({ timeoutMs: 3000 }) // before a function is frozen
   * ```
   */
  async flush(options: WaitOptions = {}): Promise<void> {
    const wait = readWait(options)
    const until = readOptions('the options', () => options.until)
    await this.#pipeline.lifecycle.flush({ ...wait, until })
  }

  /**
   * Ends the producer: refuses new sends and delivers what was accepted. What is left after `timeoutMs` milliseconds (default: no
   * limit) fails with `ERR_LOGHUB_CLOSED`, or stays in the spool. All callers get the same promise; the `timeoutMs` of the first call
   * counts. May be called from a callback. Rejects with `ERR_LOGHUB_OPTION`, and closes nothing, if `timeoutMs` is not a number
   * of 0 or more.
   *
   * @example
   * ```ts
   * const { delivered, failed, abandoned } = await producer.close({ timeoutMs: 10_000 })
   * ```
   */
  close(options: { readonly timeoutMs?: number | undefined } = {}): Promise<CloseReport> {
    try {
      return this.#pipeline.lifecycle.close(readWait(options).timeoutMs, () => this.#ended())
    } catch (thrown) {
      return Promise.reject(thrown)
    }
  }

  /** Like {@link close} without a deadline: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Calls `listener` at each event of that name, until {@link off}. If it throws, a `callbackError` is emitted; nothing else happens.
   * @throws ProducerError `ERR_LOGHUB_OPTION` for an unknown event, and for a listener that is not a function
   */
  on<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this {
    checkEventName(event)
    checkListener(listener)
    this.#pipeline.events.on(event, listener)
    return this
  }

  /** Like {@link on}, for the next event only. */
  once<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this {
    checkEventName(event)
    checkListener(listener)
    this.#pipeline.events.once(event, listener)
    return this
  }

  /**
   * Removes a listener that was added with `on` or `once`; does nothing if it is not there.
   * @throws ProducerError `ERR_LOGHUB_OPTION` for an unknown event
   */
  off<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this {
    checkEventName(event)
    this.#pipeline.events.off(event, listener)
    return this
  }

  /**
   * Removes all listeners of an event, or of all events.
   * @throws ProducerError `ERR_LOGHUB_OPTION` for an unknown event
   */
  removeAllListeners(event?: keyof ProducerEvents): this {
    if (event !== undefined) checkEventName(event)
    this.#pipeline.events.removeAll(event)
    return this
  }

  /**
   * Returns how many listeners an event has.
   * @throws ProducerError `ERR_LOGHUB_OPTION` for an unknown event
   */
  listenerCount(event: keyof ProducerEvents): number {
    checkEventName(event)
    return this.#pipeline.events.count(event)
  }

  /**
   * Returns a snapshot of all counters. Nothing is reset.
   *
   * @example
   * ```ts
   * const { logs, memory } = producer.metrics()
   * console.log(`${logs.inMemory} logs wait, ${memory.usedBytes} of ${memory.totalBytes} bytes are in use`)
   * ```
   */
  metrics(): ProducerMetrics {
    return this.#pipeline.metrics()
  }

  /**
   * Returns what {@link metrics} returns, and the current state in detail: groups, the batch of each lane, memory by project,
   * circuit breakers. It changes nothing. It visits all batches in memory: call it once a second for a person who looks, not for
   * every log.
   */
  inspect(): ProducerInspection {
    return this.#pipeline.inspect()
  }

  /**
   * For sources that can be read again and whose sends have an `origin`. Resolves, once the spool is open, to the origins of the
   * batches on disk, so that after a crash a source continues behind them. Only the first caller gets them; empty without a spool.
   * From this call on, no batch is removed from disk before the promise of `whenNoted` resolves: when the sources have stored what
   * is settled, or could not. `whenNoted` is called once for many batches.
   */
  claimOrigins(whenNoted: () => Promise<void>): Promise<readonly Origin[]> {
    return this.#pipeline.claimOrigins(whenNoted)
  }

  /**
   * Adds a project, or replaces its endpoint and credentials; the next attempt of every batch uses them. Settings that are
   * left out are those of the producer.
   * @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong; nothing has changed then
   *
   * @example
   * ```ts
   * producer.putProject({ project: 'audit', endpoint: 'cn-beijing.log.aliyuncs.com' })
   * producer.send({ project: 'audit', logstore: 'logins', logs: { contents: { user: 'ada' } } })
   * ```
   */
  putProject(config: ProjectChange): void {
    readOptions('the project', () => this.#projects.put(config))
    this.#pipeline.share(this.#projects.count)
  }

  /** Removes a project. Its waiting batches fail with `ERR_LOGHUB_PROJECT_UNKNOWN` at their next attempt. Returns false if there was none. */
  removeProject(project: string): boolean {
    const removed = this.#projects.remove(project)
    this.#pipeline.share(this.#projects.count)
    return removed
  }

  /**
   * Changes options at run time. If one is wrong, none is changed.
   * @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong
   *
   * @example
   * ```ts
   * producer.update({ lingerMs: 500, rateLimit: { bytesPerSecond: 1_000_000 } })
   * ```
   */
  update(change: TunableChange): void {
    this.#live.current = readOptions('the options', () => {
      const problems = changeProblems(change, this.#live.current)
      if (problems.length > 0) throw optionError(problems)
      return withChange(this.#live.current, change)
    })
    this.#pipeline.retune(this.#projects.count)
    this.#projects.keepLanes(laneRange(this.#live.current.lanes).max)
  }

  #resolve(destination: Destination): GroupKey {
    return readOptions('the destination', () => {
      checkDestination(destination)
      return this.#destinations.resolve(destination)
    })
  }

  #target(destination: Destination): LogStreamTarget {
    const key = this.#resolve(destination)
    return {
      trySend: (log, callback) => this.#sender.trySendTo(key, log, callback),
      // What a stream or an iterable is ended with is the reason of its own signal.
      ready: (signal) =>
        this.#pipeline.lifecycle.ready(key.project, signal).catch((error) => Promise.reject(signal?.reason ?? error)),
    }
  }

  /** The exit hook stays until the end: a signal must not cut a close short that is under way. */
  #ended(): void {
    this.#removeExitHook()
    this.#pipeline.events.close()
  }

  #installExitHook(exitHook: true | { readonly timeoutMs: number }): () => void {
    const timeoutMs = exitHook === true ? DEFAULT_EXIT_TIMEOUT_MS : exitHook.timeoutMs
    const removeHook = installExitHook(() => this.#closeWithin(timeoutMs), this.#clock)
    const onExit = () => void this.#pipeline.lastWrite()
    process.on('exit', onExit)
    return () => {
      removeHook()
      process.off('exit', onExit)
    }
  }

  /** Somebody may have called close already, and given it more time than the exit has. */
  #closeWithin(timeoutMs: number): Promise<CloseReport> {
    const { closed } = this.#pipeline.lifecycle
    if (closed === undefined) return this.close({ timeoutMs })
    return withDeadline(closed, this.#clock, { timeoutMs }, () => closeTimeout(timeoutMs))
  }
}

function closeTimeout(timeoutMs: number): ProducerError {
  return new ProducerError('ERR_LOGHUB_TIMEOUT', `close was not done within ${timeoutMs} ms`)
}
