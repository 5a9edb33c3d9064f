import { isIP, isIPv6 } from 'node:net'
import { ProducerError } from '../../core/errors.ts'
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

const SERVICE_HOST = /^([a-z0-9-]+?)(?:-intranet|-share|-vpc)?\.(?:log|sls)\.aliyuncs\.com$/

/**
 * Reads an endpoint: a name (`cn-hangzhou.log.aliyuncs.com`, over https), an address (`127.0.0.1:9310`, `localhost`,
 * over http) or a URL, whose scheme decides.
 * @throws ProducerError `ERR_LOGHUB_OPTION`
 */
export function parseEndpoint(text: string, owner: EndpointOwner): Endpoint {
  const url = parseUrl(text)
  const { project, customDomain = false } = owner
  if (customDomain) return unprefixed(url, project)
  if (isLocal(url.hostname)) return localEndpoint(url, project)
  const prefix = `${project.toLowerCase()}.`
  if (url.hostname.startsWith(prefix) && SERVICE_HOST.test(url.hostname.slice(prefix.length))) {
    throw refusal(text, `the project is put in front by itself: give ${url.hostname.slice(prefix.length)}`)
  }
  const host = `${prefix}${url.host}`
  const region = SERVICE_HOST.exec(url.hostname)?.[1]
  return { origin: `${url.protocol}//${host}`, hostHeader: host, headers: {}, region }
}

function parseUrl(text: unknown): URL {
  if (typeof text !== 'string' || text.trim() === '') throw refusal(text, 'give a host name or a URL')
  const bare = isIPv6(text.trim()) ? `[${text.trim()}]` : text.trim()
  const url = urlOf(bare)
  if (url === undefined || url.hostname === '') throw refusal(text, 'it is neither a host name nor a URL')
  if (url.username !== '' || url.password !== '') {
    throw new ProducerError('ERR_LOGHUB_OPTION', 'endpoint: keys do not go into the URL, give them as credentials')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refusal(text, 'the scheme must be http or https')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw refusal(text, 'give scheme, host and port only')
  }
  return url
}

function urlOf(text: string): URL | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const full = hasScheme ? text : `https://${text}`
  if (!URL.canParse(full)) return undefined
  const url = new URL(full)
  return !hasScheme && isLocal(url.hostname) ? new URL(`http://${text}`) : url
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
  return new ProducerError('ERR_LOGHUB_OPTION', `endpoint ${JSON.stringify(text)}: ${rule}`)
}
