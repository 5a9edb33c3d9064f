/** The parts of a request that may name the project. */
export interface ProjectSource {
  /** The `x-log-project` header, which agents send when the host does not name the project. */
  readonly header: string | undefined
  /** The host of an absolute-form target, else the `Host` header. */
  readonly host: string
}

const REGION_ENDPOINT = /^[^.]+\.(?:log|sls)\.aliyuncs\.com$/
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

/** The project of a request; undefined if it names none, as with an IP address or an endpoint without a project. */
export function projectNameOf(source: ProjectSource, baseNames: readonly string[]): string | undefined {
  if (source.header !== undefined && source.header !== '') return source.header
  const host = withoutPort(source.host).toLowerCase()
  for (const base of baseNames) {
    if (host === base) return undefined
    if (host.endsWith(`.${base}`)) return host.slice(0, -base.length - 1)
  }
  if (host.startsWith('[') || IPV4.test(host) || REGION_ENDPOINT.test(host)) return undefined
  const dot = host.indexOf('.')
  return dot > 0 ? host.slice(0, dot) : undefined
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '')
}
