import type { Clock } from '../core/clock.ts'
import { ProducerError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { shown } from '../core/shown.ts'
import { CredentialCache } from './auth/credential-cache.ts'
import { type CredentialsProvider, credentialsProblem } from './auth/credentials.ts'
import { Redaction } from './auth/redaction.ts'
import { ServerClock } from './auth/server-clock.ts'
import { type Endpoint, parseEndpoint } from './http/endpoint.ts'

/** Endpoint, credentials and settings of one project. */
export interface ProjectConfig {
  /** Its name. */
  readonly project: string
  /**
   * A region's endpoint such as `cn-hangzhou.log.aliyuncs.com`, over https; a region such as `cn-hangzhou`, its public
   * endpoint; or a URL such as `http://127.0.0.1:9310`.
   */
  readonly endpoint: string
  /**
   * The access key, or a function that fetches it.
   *
   * @example
   * ```ts
   * const producer = new Producer({
   *   credentials: async () => {
   *     const { id, secret, token, expires } = await getSecret('sls-writer') // of your own
   *     return { accessKeyId: id, accessKeySecret: secret, securityToken: token, expiration: expires }
   *   },
   * })
   * ```
   */
  readonly credentials: CredentialsProvider
  /** Needed for signature v4 if the endpoint does not contain it. Default: from the endpoint. */
  readonly region?: string | undefined
  /** Version of the signature. Default: `v4` if the region is known, else `v1`. */
  readonly signatureVersion?: 'v1' | 'v4' | undefined
  /** Whether the endpoint is a domain of your own for this project. Default: false. */
  readonly customDomain?: boolean | undefined
  /** The ingest processor that the service applies to written logs. Default: none. */
  readonly processor?: string | undefined
}

/** A project ready for requests. */
export interface ProjectTarget {
  readonly project: string
  readonly endpoint: Endpoint
  readonly credentials: CredentialCache
  /** The region to sign for with v4; undefined means v1. */
  readonly signingRegion: string | undefined
  readonly processor: string | undefined
  readonly serverClock: ServerClock
}

/** The projects that a sink may write to. They change while it runs: each attempt looks its project up again. */
export class ProjectRegistry {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #targets = new Map<string, ProjectTarget>()

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /**
   * Adds a project or replaces it as a whole: new keys, another endpoint. A wrong one changes nothing.
   * @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong
   */
  put(config: ProjectConfig): void {
    const before = this.#targets.get(config?.project)
    const target = resolveProject(config, this.#clock, this.#logger, before)
    this.#targets.set(target.project, target)
  }

  /** False when there was none. */
  remove(project: string): boolean {
    return this.#targets.delete(project)
  }

  has(project: string): boolean {
    return this.#targets.has(project)
  }

  get(project: string): ProjectTarget | undefined {
    return this.#targets.get(project)
  }

  names(): string[] {
    return [...this.#targets.keys()]
  }

  origins(): Set<string> {
    return new Set([...this.#targets.values()].map((target) => target.endpoint.origin))
  }
}

/**
 * @param before what the project was until now: what was learned of its server's clock holds on at the same place, and
 *   that it was once let in
 * @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong
 */
export function resolveProject(
  config: ProjectConfig,
  clock: Clock,
  logger: Logger,
  before?: ProjectTarget,
): ProjectTarget {
  const problems = projectProblems(config)
  if (problems.length > 0) throw new ProducerError('ERR_LOGHUB_OPTION', problems.join('; '))
  const endpoint = parseEndpoint(config.endpoint, config)
  const keepsServer = before?.endpoint.origin === endpoint.origin
  const serverClock = keepsServer ? before.serverClock : new ServerClock(clock)
  const credentials = new CredentialCache(config.credentials, clock, logger, serverClock)
  if (before?.credentials.wasAccepted) credentials.accept()
  return {
    project: config.project,
    endpoint,
    credentials,
    signingRegion: config.signatureVersion === 'v1' ? undefined : (config.region ?? endpoint.region),
    processor: config.processor || undefined,
    serverClock,
  }
}

/** Each thing that is wrong with a configuration, naming the option; empty when it is good. */
export function projectProblems(config: ProjectConfig): string[] {
  if (typeof config !== 'object' || config === null) return ['a project must be an object']
  const problems = [
    nameProblem(config.project),
    endpointProblem(config),
    providerProblem(config.credentials),
    regionProblem(config),
    processorProblem(config.processor),
  ].filter((problem) => problem !== undefined)
  // Keys end up in the wrong field now and then.
  const redaction = new Redaction(typeof config.credentials === 'object' ? config.credentials : undefined)
  return problems.map((problem) => redaction.text(problem))
}

// It becomes a label of the host name. Rules beyond that are the service's own.
const PROJECT_NAME = /^[0-9A-Za-z]([0-9A-Za-z_-]{0,61}[0-9A-Za-z])?$/

function nameProblem(project: unknown): string | undefined {
  if (typeof project === 'string' && PROJECT_NAME.test(project)) return undefined
  return `project ${shown(project)}: must be 1 to 63 letters, digits or hyphens, not starting or ending with a hyphen`
}

function endpointProblem(config: ProjectConfig): string | undefined {
  try {
    parseEndpoint(config.endpoint, { project: String(config.project), customDomain: config.customDomain })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function providerProblem(provider: unknown): string | undefined {
  if (typeof provider === 'function') return undefined
  const problem = credentialsProblem(provider)
  return problem && `credentials: ${problem}`
}

function regionProblem({ region, signatureVersion, ...config }: ProjectConfig): string | undefined {
  if (region !== undefined && !(typeof region === 'string' && /^[a-z0-9-]+$/.test(region))) {
    return `region ${shown(region)}: must be a region id such as cn-hangzhou`
  }
  if (signatureVersion === undefined || signatureVersion === 'v1') return undefined
  if (signatureVersion !== 'v4') return `signatureVersion ${shown(signatureVersion)}: must be v1 or v4`
  if (region !== undefined || endpointProblem(config) !== undefined) return undefined
  const isKnown = parseEndpoint(config.endpoint, config).region !== undefined
  return isKnown ? undefined : 'signatureVersion v4: the endpoint does not tell the region, give it as region'
}

function processorProblem(processor: unknown): string | undefined {
  if (processor === undefined || typeof processor === 'string') return undefined
  return 'processor: must be the name of an ingest processor'
}
