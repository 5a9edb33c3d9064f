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

// Enough for several of the largest bodies, also if the store is small.
const LEAST_BODIES_BYTES = 64 * 1024 * 1024

/** Names a logstore. */
export interface LogstoreName {
  /** Name of the project. */
  readonly project: string
  /** Name of the logstore. */
  readonly logstore: string
}

/** A logstore to create. */
export interface NewLogstore extends LogstoreName {
  /** 1 to 100. Default: the emulator's `shards`. */
  readonly shards?: number
  /** Whether browsers may write without a signature (web tracking). Default false. */
  readonly enableTracking?: boolean
}

/**
 * Starts a local server that implements the protocol of the Log Service and checks every request. Throws
 * `ERR_LOGHUB_OPTION` for invalid options, and the error of the system if the port is in use.
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

  /** The port that it listens on. */
  get port(): number {
    return this.#port
  }

  /** The endpoint for clients, such as `http://127.0.0.1:54321`. */
  get url(): string {
    const { host } = this.#options
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`
  }

  /** The logs of a logstore in order of arrival; empty if there is no such logstore. */
  logs({ project, logstore }: LogstoreName): StoredLog[] {
    const found = this.#store.projects.find(({ name }) => name === project)?.logstores.get(logstore)
    if (found === undefined) return []
    this.#store.expire(found, this.#options.clock.now())
    return [...arrivedLogs(found)]
  }

  /** Totals since the start, and what is stored now. */
  stats(): EmulatorStats {
    return this.#counters.snapshot(this.#store, this.#server.connections)
  }

  /** What the console shows: `stats`, figures per second for the last 15 minutes, and the newest 500 requests. */
  inspect(): EmulatorInspection {
    return {
      stats: this.stats(),
      throughput: this.#counters.throughput.list(this.#options.clock.now()),
      requests: this.#counters.log.list(),
      rules: this.#script.list(),
      logstores: logstoreFigures(this.#store),
    }
  }

  /** Adds a rule that makes requests fail or wait. The first rule that matches a request and is not used up applies. */
  script(rule: ScriptRule): ScriptHandle {
    return this.#script.add(rule)
  }

  /** Creates a project. Throws the refusal of the service if it exists. */
  createProject(name: string): void {
    this.#store.createProject(name, '', this.#options.clock.now())
  }

  /** Creates a logstore. Throws if it exists, or if the project does not. */
  createLogstore({ project, logstore, shards, enableTracking = false }: NewLogstore): void {
    const settings = { logstoreName: logstore, shardCount: shards, enable_tracking: enableTracking }
    this.#store.createLogstore(project, settings, this.#options.clock.now())
  }

  /** Accepts a further key pair, or another secret or token of a known one. Once there is one, unknown key pairs are refused. */
  putCredentials(credentials: Credentials): void {
    this.#service.keys.put(credentials)
  }

  /** Refuses this key pair from now on. */
  removeCredentials(accessKeyId: string): void {
    this.#service.keys.remove(accessKeyId)
  }

  /** Closes all connections and ends all delays. Every call returns the same promise. */
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
      // A script rule may delay an answer for any time.
      limits: { headersTimeoutMs: requestTimeoutMs, requestTimeoutMs, handlerTimeoutMs: 0 },
      onExchange: (exchange) => {
        if (console.takes(exchange)) console.answer(exchange)
        else void new Exchange(parts, exchange).run()
      },
      onBrokenRequest: () => counters.brokenRequests++,
    })
  }
}
