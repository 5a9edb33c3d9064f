import { ByteBudget } from '../server/byte-budget.ts'
import { HttpServer } from '../server/http-server.ts'
import type { Credentials } from './auth/credentials.ts'
import { ConsoleRoutes } from './console-routes.ts'
import { Counters, type EmulatorStats } from './counters.ts'
import { Exchange, type ExchangeParts } from './exchange.ts'
import { loadAnswerCompression } from './http/answer-compression.ts'
import { type EmulatorInspection, logstoreFigures } from './inspection.ts'
import { type EmulatorOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { Script, type ScriptHandle, type ScriptRule } from './script/script.ts'
import { TimerGroup } from './script/timer-group.ts'
import { arrivedLogs } from './search/search.ts'
import { Service } from './service.ts'
import { DirectoryLock } from './store/directory-lock.ts'
import { Store } from './store/store.ts'
import type { StoredLog } from './store/stored-log.ts'

// Room for some of the largest bodies at once, however little may be stored.
const LEAST_BODIES_BYTES = 64 * 1024 * 1024

/** A logstore by its names. */
export interface LogstoreName {
  /** Name of the project. */
  readonly project: string
  /** Name of the logstore. */
  readonly logstore: string
}

/** A logstore that is to be made. */
export interface NewLogstore extends LogstoreName {
  /** 1 to 100. Default: the emulator's `shards`. */
  readonly shards?: number
  /** Whether browsers may write without a signature (web tracking). Default false. */
  readonly enableTracking?: boolean
}

/**
 * Starts a local server that speaks the Log Service's protocol and checks all that it is sent. Throws
 * `ERR_LOGHUB_OPTION` for bad options, and the system's error where the port is taken.
 *
 * @example
 * ```ts
 * import { Producer } from 'loghub-producer'
 * import { startEmulator } from 'loghub-producer/emulator'
 *
 * const place = { project: 'my-project', logstore: 'my-logstore' }
 * const emulator = await startEmulator({ autoCreate: true })
 * const producer = new Producer({ endpoint: emulator.url, ...place, credentials })
 * emulator.script({ times: 2, then: { status: 503, errorCode: 'ServerBusy' } }) // the next two requests fail
 * await producer.send({ logs: { contents: { user: 'ada' } } })
 * console.log(emulator.logs(place))
 * await producer.close()
 * await emulator.close()
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options)
  const { dataDirectory } = resolved
  const lock = dataDirectory === undefined ? undefined : await DirectoryLock.acquire(dataDirectory)
  try {
    const emulator = new Emulator(resolved, lock)
    await emulator.listen()
    return emulator
  } catch (error) {
    await lock?.release()
    throw error
  }
}

/** A running emulator. Create it with {@link startEmulator}. */
export class Emulator {
  readonly #options: ResolvedOptions
  readonly #store: Store
  readonly #counters: Counters
  readonly #script: Script
  readonly #timers: TimerGroup
  readonly #service: Service
  readonly #server: HttpServer
  readonly #lock: DirectoryLock | undefined
  #port = 0
  #closed: Promise<void> | undefined

  /** @internal */
  constructor(options: ResolvedOptions, lock?: DirectoryLock) {
    this.#lock = lock
    this.#options = options
    this.#store = new Store(options)
    this.#counters = new Counters(options.clock)
    this.#script = new Script(options.clock)
    this.#timers = new TimerGroup(options.clock)
    const { strict, verify, storage, maxScannedLogs } = options
    this.#service = new Service(this.#store, this.#counters, {
      strict,
      verify,
      maxScannedLogs,
      discard: storage === 'discard',
    })
    for (const credentials of options.credentials) this.putCredentials(credentials)
    this.#server = this.#newServer()
  }

  /** @internal */
  async listen(): Promise<void> {
    await loadAnswerCompression()
    try {
      this.#port = await this.#server.listen(this.#options)
    } catch (error) {
      this.#store.close()
      throw error
    }
  }

  /** The port that it listens at. */
  get port(): number {
    return this.#port
  }

  /** The endpoint for clients, such as `http://127.0.0.1:54321`. */
  get url(): string {
    const { host } = this.#options
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`
  }

  /** The logs of a logstore in the order in which they came; empty where there is no such logstore. */
  logs({ project, logstore }: LogstoreName): StoredLog[] {
    const found = this.#store.projects.find(({ name }) => name === project)?.logstores.get(logstore)
    if (found === undefined) return []
    this.#store.expire(found, this.#options.clock.now())
    return [...arrivedLogs(found)]
  }

  /** Totals of what it has seen and what it holds. */
  stats(): EmulatorStats {
    return this.#counters.snapshot(this.#store, this.#server.connections)
  }

  /** What the console shows: the figures of `stats`, by second for the last 15 minutes, and the newest 500 requests. */
  inspect(): EmulatorInspection {
    return {
      stats: this.stats(),
      throughput: this.#counters.throughput.list(this.#options.clock.now()),
      requests: this.#counters.log.list(),
      rules: this.#script.list(),
      logstores: logstoreFigures(this.#store),
    }
  }

  /** Plans misbehaviour: the first rule that matches a request and is not used up takes it. */
  script(rule: ScriptRule): ScriptHandle {
    return this.#script.add(rule)
  }

  /** Throws where the project exists, as the service refuses it. */
  createProject(name: string): void {
    this.#store.createProject(name, '', this.#options.clock.now())
  }

  /** Throws where the logstore exists or the project does not. */
  createLogstore({ project, logstore, shards, enableTracking = false }: NewLogstore): void {
    const settings = { logstoreName: logstore, shardCount: shards, enable_tracking: enableTracking }
    this.#store.createLogstore(project, settings, this.#options.clock.now())
  }

  /** Accepts one more key pair, or another secret or token for a known one. From the first on, unknown ones are refused. */
  putCredentials(credentials: Credentials): void {
    this.#service.keys.put(credentials)
  }

  /** Refuses this key pair from now on. */
  removeCredentials(accessKeyId: string): void {
    this.#service.keys.remove(accessKeyId)
  }

  /** Ends all connections and delays. Every caller gets the same promise. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#timers.cancelAll()
    await this.#server.close()
    this.#store.close()
    await this.#lock?.release()
  }

  #newServer(): HttpServer {
    const { clock, requestTimeoutMs, maxBytes, maxScannedLogs } = this.#options
    const counters = this.#counters
    const parts: ExchangeParts = {
      naming: this.#options,
      clock,
      counters,
      timers: this.#timers,
      script: this.#script,
      service: this.#service,
      bodies: new ByteBudget(Math.max(LEAST_BODIES_BYTES, maxBytes / 4)),
    }
    const console = new ConsoleRoutes({
      ...{ store: this.#store, counters, script: this.#script, clock, maxScannedLogs },
      connections: () => this.#server.connections,
    })
    return new HttpServer({
      clock,
      // A script may delay an answer for as long as it likes.
      limits: { headersTimeoutMs: requestTimeoutMs, requestTimeoutMs, handlerTimeoutMs: 0 },
      onExchange: (exchange) => {
        if (console.takes(exchange)) console.answer(exchange)
        else void new Exchange(parts, exchange).run()
      },
      onBrokenRequest: () => counters.brokenRequests++,
    })
  }
}
