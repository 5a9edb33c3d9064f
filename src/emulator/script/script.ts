import type { Clock } from '../../core/clock.ts'
import type { RequestHead } from '../http/request.ts'
import type { NewLog } from '../store/stored-log.ts'
import { type Quota, QuotaBuckets } from './token-bucket.ts'

/** A request as rules see it, before its body is read. */
export interface ScriptRequest {
  /** The HTTP method. */
  readonly method: string
  /** As sent, percent-encoded, without the query. */
  readonly path: string
  /** The project that it names, or the default project. */
  readonly project: string
  /** The logstore that the path names, or undefined. */
  readonly logstore: string | undefined
  /** The parameters of the URL. */
  readonly query: ReadonlyMap<string, string>
  /** The header lines, names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Which requests a rule applies to. Every given part must match. */
export interface ScriptMatch {
  /** Only requests to this project. Default: any. */
  readonly project?: string
  /** Only requests to this logstore. Default: any. */
  readonly logstore?: string
  /** Only requests with this HTTP method. Default: any. */
  readonly method?: string
  /** Only requests whose path is this text or matches this pattern. Default: any. */
  readonly path?: string | RegExp
}

/** The effect of a rule on a request. The parts may be combined. */
export interface ScriptEffect {
  /** The request is handled this many milliseconds after its arrival. */
  readonly delayMs?: number
  /** The request is answered with this status, and nothing is stored. Default: the status of `errorCode`. */
  readonly status?: number
  /** The request is answered with this code, and nothing is stored. Default: a usual code of `status`. */
  readonly errorCode?: string
  /** The text of the refusal. Default: a text that names the code. */
  readonly errorMessage?: string
  /** The request is answered with this body as `text/html` instead of JSON, as a proxy or a login page would answer. */
  readonly body?: string
  /** Additional headers of the answer, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The connection is reset without an answer: `before` anything is stored, or `after`. */
  readonly reset?: 'before' | 'after'
  /** The answer ends before its declared length. */
  readonly truncateAnswer?: boolean
  /** The answer has no `x-log-requestid`. */
  readonly withoutRequestId?: boolean
  /** The clock of the server differs by this many milliseconds, when it checks the date and in the answer. */
  readonly clockOffsetMs?: number
  /** The body of the request is read at most this fast. */
  readonly bytesPerSecond?: number
  /** Refuses writes above this quota with `ShardWriteQuotaExceed`. Each shard has its own quota. */
  readonly shardQuota?: Quota
  /** Refuses writes above this quota with `WriteQuotaExceed`. Each project has its own quota. */
  readonly projectQuota?: Quota
  /** A write with a log for which this returns true is refused as a whole, with `PostBodyInvalid`. */
  readonly refuseLog?: (log: NewLog) => boolean
}

/** A rule of a script. Do not `await` one: a `then` that is a function makes it look like a promise. */
export interface ScriptRule {
  /** Which requests the rule applies to. Default: all. */
  readonly match?: ScriptMatch | ((request: ScriptRequest) => boolean)
  /** The number of requests after which the rule ends. Default: no limit. */
  readonly times?: number
  /** The effect. A function is called for each request, and returns undefined for no effect. */
  readonly then: ScriptEffect | ((request: ScriptRequest) => ScriptEffect | undefined)
}

/** An active rule. */
export interface ScriptHandle {
  /** How many requests the rule has applied to so far. */
  readonly fired: number
  /** Ends the rule. Effects that have begun, such as a delay, continue. */
  remove(): void
}

/** An active rule as the console shows it. Functions are shown as the text `function`. */
export interface ScriptRuleState {
  /** Number of the rule since the start of the emulator. */
  readonly number: number
  /** How many requests it has applied to. */
  readonly fired: number
  /** How many requests are left; undefined for no limit. */
  readonly left: number | undefined
  /** Which requests it applies to, for display. */
  readonly match: unknown
  /** Its effect, for display. */
  readonly effect: unknown
}

/** The decision of the rules for one request. The buckets of quotas outlive the request. */
export interface ScriptedRequest {
  readonly effect: ScriptEffect
  readonly shardBuckets: QuotaBuckets | undefined
  readonly projectBuckets: QuotaBuckets | undefined
}

const NOTHING_UNUSUAL: ScriptedRequest = { effect: {}, shardBuckets: undefined, projectBuckets: undefined }

/** The active rules. Only the first rule that matches a request and is not used up applies to it. */
export class Script {
  readonly #clock: Clock
  readonly #rules: RunningRule[] = []
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Adds a rule after the others. */
  add(rule: ScriptRule): ScriptHandle {
    const running = new RunningRule(rule, this.#clock, ++this.#count)
    this.#rules.push(running)
    return {
      get fired() {
        return running.fired
      },
      remove: () => this.#remove(running),
    }
  }

  /** The active rules, in order. */
  list(): ScriptRuleState[] {
    return this.#rules.map((rule) => rule.state())
  }

  /** Ends the rule with this number. Returns whether it was active. */
  remove(number: number): boolean {
    const rule = this.#rules.find((candidate) => candidate.number === number)
    if (rule !== undefined) this.#remove(rule)
    return rule !== undefined
  }

  /** The decision for a request. Counts the request for the rule that applies. */
  take(head: RequestHead): ScriptedRequest {
    if (this.#rules.length === 0) return NOTHING_UNUSUAL
    const request = scriptRequestOf(head)
    const rule = this.#rules.find((candidate) => candidate.matches(request))
    if (rule === undefined) return NOTHING_UNUSUAL
    const scripted = rule.fire(request)
    if (rule.isUsedUp) this.#remove(rule)
    return scripted
  }

  #remove(rule: RunningRule): void {
    const at = this.#rules.indexOf(rule)
    if (at >= 0) this.#rules.splice(at, 1)
  }
}

class RunningRule {
  readonly #rule: ScriptRule
  readonly #clock: Clock
  // By quota, not by rule: a function may return several quotas, and returns the same object for the same quota.
  readonly #buckets = new WeakMap<Quota, QuotaBuckets>()
  readonly number: number
  fired = 0

  constructor(rule: ScriptRule, clock: Clock, number: number) {
    this.number = number
    this.#rule = rule
    this.#clock = clock
  }

  state(): ScriptRuleState {
    const { match = {}, then, times } = this.#rule
    const left = times === undefined ? undefined : times - this.fired
    return { number: this.number, fired: this.fired, left, match: shown(match), effect: shown(then) }
  }

  get isUsedUp(): boolean {
    return this.fired >= (this.#rule.times ?? Number.POSITIVE_INFINITY)
  }

  matches(request: ScriptRequest): boolean {
    const { match = {} } = this.#rule
    return typeof match === 'function' ? match(request) : matchesAll(match, request)
  }

  fire(request: ScriptRequest): ScriptedRequest {
    this.fired++
    const { then } = this.#rule
    const effect = (typeof then === 'function' ? then(request) : then) ?? {}
    const { shardQuota, projectQuota } = effect
    return { effect, shardBuckets: this.#bucketsFor(shardQuota), projectBuckets: this.#bucketsFor(projectQuota) }
  }

  #bucketsFor(quota: Quota | undefined): QuotaBuckets | undefined {
    if (quota === undefined) return undefined
    let buckets = this.#buckets.get(quota)
    if (buckets === undefined) {
      buckets = new QuotaBuckets(quota, this.#clock)
      this.#buckets.set(quota, buckets)
    }
    return buckets
  }
}

/** Replaces functions and patterns by text, so that the value can be sent as JSON. */
function shown(value: unknown): unknown {
  if (typeof value === 'function') return 'function'
  if (value instanceof RegExp) return String(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shown(part)]))
}

function matchesAll(match: ScriptMatch, request: ScriptRequest): boolean {
  const { project = request.project, logstore = request.logstore, method = request.method, path = request.path } = match
  if (project !== request.project || logstore !== request.logstore) return false
  if (method.toUpperCase() !== request.method) return false
  // `search` ignores the flags g and y; with them, `test` would start where its last match ended.
  return typeof path === 'string' ? path === request.path : request.path.search(path) >= 0
}

function scriptRequestOf({ method, path, project, query, headers, segments }: RequestHead): ScriptRequest {
  const logstore = segments[0] === 'logstores' ? segments[1] : undefined
  return { method, path, project, logstore, query, headers }
}
