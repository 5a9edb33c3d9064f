import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { projectNameOf } from './project-name.ts'
import { refusal } from './service-error.ts'

/** The first line and the headers of a request. */
export interface RequestHead {
  readonly method: string
  /** The path as sent, percent-encoded: signatures cover this form. */
  readonly path: string
  /** The parts of the path, decoded. */
  readonly segments: readonly string[]
  /** Decoded. A request that repeats a key is refused: which of the values counts is not documented. */
  readonly query: ReadonlyMap<string, string>
  /** Names are in lower case. */
  readonly headers: IncomingHttpHeaders
  /** The project that the request names, or the default one. */
  readonly project: string
  readonly namesProject: boolean
}

/** A complete request, and the server's time that applies to it. */
export interface Request extends RequestHead {
  readonly body: Buffer
  readonly nowMs: number
  readonly requestId: string
  /** Aborts when the client disconnects, so that its work can be stopped. */
  readonly signal: AbortSignal
}

/** Settings for finding the project of a request. */
export interface Naming {
  readonly baseNames: readonly string[]
  readonly defaultProject: string
}

/** Reads the first line and the headers. Throws if the percent-encoding of the path is invalid, or the query repeats a key. */
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

/** A header by its name in lower case. Repeated lines are joined with commas. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Clients with an HTTP proxy setting send the whole URL: then its host names the project. */
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
