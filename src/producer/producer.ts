import PQueue from 'p-queue'
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
import { checkSignal, readOptions, readReady, readWait } from './given-options.ts'
import { withSpoolDefaults } from './keep/spool-config.ts'
import { spoolOnDisk } from './keep/spool-opening.ts'
import type { CloseReport, ReadyOptions, WaitOptions } from './lifecycle.ts'
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
 * Groups logs into batches and delivers them to the Log Service: bounded memory, retries, one verdict for every log.
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
   * Accepts one log or a list, encoding it before it returns: changing the object afterwards changes nothing.
   *
   * The promise resolves when the logs are stored and rejects with a coded {@link ProducerError}: a refusal (bad input,
   * no room, closed), or a {@link SendError} with the attempts made. Nothing throws, and a rejection that nobody
   * handles raises nothing: it is in the `failure` event and in the metrics. With a callback no promise is made.
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
   * Accepts logs if there is room now; false when they would have to wait, and then a `drain` event follows. Whatever
   * else is wrong goes to the callback and the `refused` event, and gives true: waiting would not help.
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
   * A destination resolved once: the shortest and fastest way to send one log after another.
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
   * An object-mode Writable for `pipeline()`: takes contents or logs, no faster than memory allows.
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
   * Sends everything that an iterable gives, sync or async, no faster than memory allows. Resolves when each log has its
   * verdict; a log that was not delivered is told to `onError` and counted. Rejects with what the iterable throws, with
   * the reason of the signal, or with `ERR_LOGHUB_CLOSED`, after what was read has its verdict.
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
   * Resolves when there is room; at once unless a `trySend` or a `send` has just found none. With `project`, only its room
   * counts: another project that is full, and may stay so for long, is not waited for.
   *
   * Rejects with `ERR_LOGHUB_ABORTED` when the signal is first (its reason is the cause), and with `ERR_LOGHUB_CLOSED`.
   */
  async ready(options: ReadyOptions = {}): Promise<void> {
    const { project, signal } = readReady(options)
    await this.#pipeline.lifecycle.ready(project, signal)
  }

  /**
   * Settles everything sent before the call, also while others keep sending: resolves when each of those sends has
   * its verdict, good or bad, and its callback has run.
   *
   * Rejects with `ERR_LOGHUB_TIMEOUT` when `timeoutMs` passes first, and with `ERR_LOGHUB_ABORTED` when the signal is first
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
   * Ends the producer: refuses new sends, drains what was accepted, and fails what is left at the deadline with
   * `ERR_LOGHUB_CLOSED`. Every caller gets the same promise; the first call's deadline counts. May be called from a callback.
   * Rejects with `ERR_LOGHUB_OPTION`, closing nothing, when `timeoutMs` is not a number of 0 or more.
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

  /** As {@link close} without a deadline: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Calls `listener` at each event of that name, until {@link off}. What it throws is a `callbackError` and harms nobody.
   * @throws ProducerError `ERR_LOGHUB_OPTION` for a name that no event has, and for a listener that is no function
   */
  on<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this {
    checkEventName(event)
    checkListener(listener)
    this.#pipeline.events.on(event, listener)
    return this
  }

  /** As {@link on}, for the next event alone. */
  once<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this {
    checkEventName(event)
    checkListener(listener)
    this.#pipeline.events.once(event, listener)
    return this
  }

  /**
   * Takes away a listener that `on` or `once` was given; one that is not there changes nothing.
   * @throws ProducerError `ERR_LOGHUB_OPTION` for a name that no event has
   */
  off<Name extends keyof ProducerEvents>(event: Name, listener: ProducerListener<Name>): this {
    checkEventName(event)
    this.#pipeline.events.off(event, listener)
    return this
  }

  /**
   * Takes away all listeners of an event, or of all events.
   * @throws ProducerError `ERR_LOGHUB_OPTION` for a name that no event has
   */
  removeAllListeners(event?: keyof ProducerEvents): this {
    if (event !== undefined) checkEventName(event)
    this.#pipeline.events.removeAll(event)
    return this
  }

  /**
   * How many listeners an event has.
   * @throws ProducerError `ERR_LOGHUB_OPTION` for a name that no event has
   */
  listenerCount(event: keyof ProducerEvents): number {
    checkEventName(event)
    return this.#pipeline.events.count(event)
  }

  /**
   * A reading of all counters; taking it changes nothing.
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
   * All that {@link metrics} tells, and behind it what the producer holds and does now: groups, what each lane works on, memory
   * by project, circuit breakers. Taking it changes nothing, and what nobody takes costs nothing. It walks over all batches
   * in memory: for a person who looks every second, not for every log.
   */
  inspect(): ProducerInspection {
    return this.#pipeline.inspect()
  }

  /**
   * For the owner of sources that can be read again, and whose sends have an `origin`: resolves, once the spool is open, to where
   * what is on disk comes from, so that a source goes on behind it after a crash. Given to the first caller; nothing without a spool. From
   * the call on no batch leaves the disk before the promise of `whenNoted`, which is called for many at once: it resolves when
   * the sources have written down what is settled, or could not.
   */
  claimOrigins(whenNoted: () => Promise<void>): Promise<readonly Origin[]> {
    return this.#pipeline.claimOrigins(whenNoted)
  }

  /**
   * Adds a project, or replaces its endpoint and credentials; the next attempt of every batch heeds it. What is left out
   * is taken from the producer's own options.
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

  /** Removes a project. Its waiting batches fail with `ERR_LOGHUB_PROJECT_UNKNOWN` at their next attempt. False when there was none. */
  removeProject(project: string): boolean {
    const removed = this.#projects.remove(project)
    this.#pipeline.share(this.#projects.count)
    return removed
  }

  /**
   * Changes options while running: all of them or, when one is wrong, none.
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
