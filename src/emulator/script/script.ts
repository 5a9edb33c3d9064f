import type { Clock } from '../../core/clock.ts'
import type { RequestHead } from '../http/request.ts'
import type { NewLog } from '../store/stored-log.ts'
import { type Quota, QuotaBuckets } from './token-bucket.ts'

/** A request as a rule sees it: before its body has been read. */
export interface ScriptRequest {
  /** The HTTP method. */
  readonly method: string
  /** As sent, percent-encoded, without the query. */
  readonly path: string
  /** The project that it names. */
  readonly project: string
  /** The logstore that the path names, or undefined. */
  readonly logstore: string | undefined
  /** The parameters of the URL. */
  readonly query: ReadonlyMap<string, string>
  /** The header lines, names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Every named part must match; a rule without any matches every request. */
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

/** What happens to a request that a rule takes. The parts may be combined. */
export interface ScriptEffect {
  /** The request is handled this much later than it arrived. */
  readonly delayMs?: number
  /** Answered with this status, and nothing is stored. Default: the one that belongs to `errorCode`. */
  readonly status?: number
  /** Answered with this code, and nothing is stored. Default: one that is usual with `status`. */
  readonly errorCode?: string
  /** The text of the refusal. Default: one that is usual with `errorCode`. */
  readonly errorMessage?: string
  /** Answered with this body instead of the service's JSON, as `text/html`: what a proxy or a login page would say. */
  readonly body?: string
  /** More header lines for the answer, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The connection is reset without an answer: `before` anything is stored, or `after`. */
  readonly reset?: 'before' | 'after'
  /** The answer breaks off before its announced end. */
  readonly truncateAnswer?: boolean
  /** The answer has no `x-log-requestid`. */
  readonly withoutRequestId?: boolean
  /** The server's clock is off by this much, for the check of the date and in the answer. */
  readonly clockOffsetMs?: number
  /** The body of the request is read no faster than this. */
  readonly bytesPerSecond?: number
  /** Refuses writes beyond this with `ShardWriteQuotaExceed`, each shard for itself. */
  readonly shardQuota?: Quota
  /** Refuses writes beyond this with `WriteQuotaExceed`, each project for itself. */
  readonly projectQuota?: Quota
  /** Refuses a write that has such a log with `PostBodyInvalid`; like every refusal it covers the whole request. */
  readonly refuseLog?: (log: NewLog) => boolean
}

/** A rule is an argument: a `then` that is a function makes it look like a promise to `await`. */
export interface ScriptRule {
  /** Which requests the rule takes. Default: all. */
  readonly match?: ScriptMatch | ((request: ScriptRequest) => boolean)
  /** How many requests it takes before it ends. Default: no end. */
  readonly times?: number
  /** What happens to them; a function decides again for each, and returns undefined for "nothing unusual". */
  readonly then: ScriptEffect | ((request: ScriptRequest) => ScriptEffect | undefined)
}

/** A rule at work. */
export interface ScriptHandle {
  /** How many requests the rule has taken so far. */
  readonly fired: number
  /** Ends the rule. What it has begun, such as a delay, goes on. */
  remove(): void
}

/** A rule at work, as the console shows it. Parts of a rule that are functions show as text `function`. */
export interface ScriptRuleState {
  /** Counts the rules of this emulator. */
  readonly number: number
  /** How many requests it has met. */
  readonly fired: number
  /** How many requests are left, or undefined for no end. */
  readonly left: number | undefined
  /** Which requests it meets, for display. */
  readonly match: unknown
  /** What it does, for display. */
  readonly effect: unknown
}

/** What a rule has decided for one request, with the buckets that outlive it. */
export interface ScriptedRequest {
  readonly effect: ScriptEffect
  readonly shardBuckets: QuotaBuckets | undefined
  readonly projectBuckets: QuotaBuckets | undefined
}

const NOTHING_UNUSUAL: ScriptedRequest = { effect: {}, shardBuckets: undefined, projectBuckets: undefined }

/** The planned misbehaviour: the first rule that matches and is not used up takes the request, and no other does. */
export class Script {
  readonly #clock: Clock
  readonly #rules: RunningRule[] = []
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Puts a rule behind the others. */
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

  /** The rules that are at work, in order. */
  list(): ScriptRuleState[] {
    return this.#rules.map((rule) => rule.state())
  }

  /** Ends the rule of this number, if it is at work. */
  remove(number: number): boolean {
    const rule = this.#rules.find((candidate) => candidate.number === number)
    if (rule !== undefined) this.#remove(rule)
    return rule !== undefined
  }

  /** What the rules want for a request; the rule that takes it has fired. */
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
  // By quota rather than by rule: a function may hand out several, and gives the same object for the same one.
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

/** What can be sent as JSON. */
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
  // `search` begins at the start whatever the flags are: `test` would go on where its last match ended.
  return typeof path === 'string' ? path === request.path : request.path.search(path) >= 0
}

function scriptRequestOf({ method, path, project, query, headers, segments }: RequestHead): ScriptRequest {
  const logstore = segments[0] === 'logstores' ? segments[1] : undefined
  return { method, path, project, logstore, query, headers }
}
