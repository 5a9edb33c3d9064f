import { isIP, isIPv6 } from 'node:net'
import { ProducerError } from '../../core/errors.ts'
import { safeText } from '../../core/safe-text.ts'
import { shown } from '../../core/shown.ts'
import type { Headers } from '../auth/request-to-sign.ts'

/** Where the requests of one project go. */
export interface Endpoint {
  /** What to connect to: scheme, host and port. */
  readonly origin: string
  /** The `Host` header. It names the project wherever it can, also where the connection goes to a bare address. */
  readonly hostHeader: string
  /** Headers that name the project where the host does not. */
  readonly headers: Headers
  /** The region that the host name tells. */
  readonly region: string | undefined
}

export interface EndpointOwner {
  readonly project: string
  /** The endpoint is the project's own domain: it stands for the project and gets no prefix. Default false. */
  readonly customDomain?: boolean
}

/** Kinds of network that stand behind the region in the names of the service: `cn-hangzhou-vpc.log.aliyuncs.com`. */
const SERVICE_HOST = /^([a-z0-9-]+?)(?:-internal|-intranet|-share|-vpc)?(?:\.dualstack)?\.(?:log|sls)\.aliyuncs\.com$/
// Strict, since more may stand behind a region than is known here. Not of this form and therefore no region: `log-global`
// (acceleration, the same for all regions), `pub-cn-...-staging`, `cn-hangzhou-corp`.
const REGION =
  /^(?:cn-(?!(?:internal|intranet|share|vpc)$)[a-z]+(?:-\d+)?(?:-(?:finance|gov|acdr(?:-ut)?|gic)(?:-\d+)?)?|(?:ap|us|eu|me|na|sa|af|rus)-[a-z]+-\d+)$/
const NETWORK = /-(?:internal|intranet|share|vpc)$/
// The name of the host is not the id of its region, which is cn-shenzhen-finance-1.
const MISNAMED = 'cn-shenzhen-finance'

/**
 * Reads an endpoint: a name (`cn-hangzhou.log.aliyuncs.com`, over https), the id of a region (`cn-hangzhou`, its public
 * endpoint), an address (`127.0.0.1:9310`, `localhost`, over http) or a URL, whose scheme decides.
 * @throws ProducerError `ERR_LOGHUB_OPTION`
 */
export function parseEndpoint(text: string, owner: EndpointOwner): Endpoint {
  const url = parseUrl(text)
  const { project, customDomain = false } = owner
  if (customDomain) return unprefixed(url, project)
  if (isLocal(url.hostname)) return localEndpoint(url, project)
  refusePrefix(text, url, project)
  const host = `${project.toLowerCase()}.${url.host}`
  return { origin: `${url.protocol}//${host}`, hostHeader: host, headers: {}, region: regionOf(url.hostname) }
}

/** The region that a host name tells, or undefined: a wrong one would make every signature wrong. */
function regionOf(hostname: string): string | undefined {
  const region = SERVICE_HOST.exec(hostname)?.[1]
  return region !== undefined && REGION.test(region) && region !== MISNAMED ? region : undefined
}

function refusePrefix(text: string, { hostname }: URL, project: string): void {
  const [first] = hostname.split('.', 1) as [string]
  const rest = hostname.slice(first.length + 1)
  if (!SERVICE_HOST.test(rest) && !rest.startsWith('log-global')) return
  // `cn-hangzhou.dualstack.log.aliyuncs.com` has no prefix.
  if (SERVICE_HOST.test(hostname)) return
  const whose =
    first === project.toLowerCase() ? 'the project is put in front by itself' : `it names a project, ${first}`
  throw refusal(text, `${whose}: give ${rest}`)
}

function parseUrl(text: unknown): URL {
  if (typeof text !== 'string' || text.trim() === '') {
    throw refusal(text, 'give a host name or a URL, as endpoint or in LOGHUB_ENDPOINT')
  }
  const url = urlOf(text.trim())
  if (url?.username || url?.password || (url === undefined && text.includes('@'))) {
    throw new ProducerError('ERR_LOGHUB_OPTION', 'endpoint: keys do not go into the URL, give them as credentials')
  }
  if (url === undefined || url.hostname === '') throw refusal(text, 'it is neither a host name nor a URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refusal(text, 'the scheme must be http or https')
  // What stands behind the host is not shown: it may hold a key.
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw refusal(`${url.host}/...`, 'give scheme, host and port only')
  }
  return url
}

function urlOf(given: string): URL | undefined {
  const text = isIPv6(given) ? `[${given}]` : given
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const full = hasScheme ? text : `https://${text}`
  if (!URL.canParse(full)) return undefined
  const url = new URL(full)
  // The dot of the root is for the resolver: a certificate and the Host header are without it.
  const hostname = url.hostname.replace(/\.$/, '')
  if (hostname.split('.').includes('')) return undefined
  const wanted = !hasScheme && isLocal(hostname) ? new URL(`http://${text}`) : url
  wanted.hostname = hostname
  // The id of a region stands for its endpoint, on whichever network it names.
  if (REGION.test(wanted.hostname.replace(NETWORK, ''))) wanted.hostname += '.log.aliyuncs.com'
  return wanted
}

/** Names such as `project.127.0.0.1` do not resolve: connect to the address, and name the project in `Host`. */
function localEndpoint(url: URL, project: string): Endpoint {
  const hostMustStay = url.protocol === 'https:' || url.hostname.startsWith('[')
  // The certificate is checked against Host, and an IPv6 address takes no prefix.
  if (hostMustStay) return unprefixed(url, project)
  return { origin: url.origin, hostHeader: `${project}.${url.host}`, headers: {}, region: undefined }
}

function unprefixed(url: URL, project: string): Endpoint {
  return { origin: url.origin, hostHeader: url.host, headers: { 'x-log-project': project }, region: undefined }
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
}

function refusal(text: unknown, rule: string): ProducerError {
  const given = typeof text === 'string' ? safeText(JSON.stringify(text), 100) : shown(text)
  return new ProducerError('ERR_LOGHUB_OPTION', `endpoint ${given}: ${rule}`)
}
