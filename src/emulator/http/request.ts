import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { projectNameOf } from './project-name.ts'
import { refusal } from './service-error.ts'

/** A request as far as its first line and headers tell. */
export interface RequestHead {
  readonly method: string
  /** The path as sent, still percent-encoded: what signatures cover. */
  readonly path: string
  /** The parts of the path, decoded. */
  readonly segments: readonly string[]
  /** Decoded. A request that repeats a key is refused: which of the values counts is not documented. */
  readonly query: ReadonlyMap<string, string>
  /** Names in lower case, whatever the client wrote. */
  readonly headers: IncomingHttpHeaders
  /** The project that the request names, else the default one. */
  readonly project: string
  readonly namesProject: boolean
}

/** A whole request, and the server's time at which it is judged. */
export interface Request extends RequestHead {
  readonly body: Buffer
  readonly nowMs: number
  readonly requestId: string
  /** Aborts when the client leaves: what nobody waits for need not be worked out. */
  readonly signal: AbortSignal
}

/** How the project of a request is found. */
export interface Naming {
  readonly baseNames: readonly string[]
  readonly defaultProject: string
}

/** Reads the first line and the headers. Throws where the path is no valid percent-encoding, and where the query repeats a key. */
export function requestHeadOf(message: IncomingMessage, naming: Naming): RequestHead {
  const { host, path, search } = splitTarget(message.url ?? '/')
  const header = headerOf(message.headers, 'x-log-project')
  const source = { header, host: host ?? message.headers.host ?? '' }
  const project = projectNameOf(source, naming.baseNames)
  return {
    method: message.method ?? 'GET',
    path,
    segments: decodedSegments(path),
    query: queryOf(search),
    headers: message.headers,
    project: project ?? naming.defaultProject,
    namesProject: project !== undefined,
  }
}

/** A header by its name in lower case; lines that came several times are joined with commas. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Clients behind an HTTP proxy setting send the whole URL; its host names the project then. */
function splitTarget(target: string): { host: string | undefined; path: string; search: string } {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target)
  const rest = absolute === null ? target : (absolute[2] as string)
  const question = rest.indexOf('?')
  const path = question < 0 ? rest : rest.slice(0, question)
  return { host: absolute?.[1], path: path === '' ? '/' : path, search: question < 0 ? '' : rest.slice(question + 1) }
}

function queryOf(search: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(search)) {
    if (query.has(name)) throw refusal('ParameterInvalid', `${name} is given twice in the query`)
    query.set(name, value)
  }
  return query
}

function decodedSegments(path: string): string[] {
  try {
    return path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    throw refusal('ParameterInvalid', `the path ${path} is not valid percent-encoding`)
  }
}
