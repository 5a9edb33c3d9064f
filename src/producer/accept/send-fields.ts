import { ProducerError } from '../../core/errors.ts'
import { hasNames, kindOf } from '../../core/has-names.ts'
import { nearestName } from '../../core/nearest-name.ts'
import { shown } from '../../core/shown.ts'
import { describe } from '../../sls/wire/invalid-log.ts'
import type { Log } from '../../sls/wire/log.ts'
import { checkLogFields } from '../../sls/wire/log-fields.ts'
import type { Destination, SendOptions, SendRequest } from './send-request.ts'

type NamesOf<T> = { readonly [Name in keyof Required<T>]: true }

// Tables by type: a field that is added to its interface and not here does not compile.
const DESTINATION: NamesOf<Destination> = {
  project: true,
  logstore: true,
  topic: true,
  source: true,
  shardHash: true,
  tags: true,
  context: true,
}
const OPTIONS: NamesOf<SendOptions> = {
  overflow: true,
  maxBlockMs: true,
  resolveOn: true,
  signal: true,
}
const TIME: NamesOf<Omit<Log, 'contents'>> = { time: true, nanoseconds: true }

// Sets, since they are asked for each field of each send.
const DESTINATION_NAMES = namesIn(DESTINATION)
const REQUEST_NAMES = namesIn<SendRequest>({ ...DESTINATION, ...OPTIONS, logs: true, origin: true })
const TIME_NAMES = namesIn(TIME)
const WRITE_NAMES = namesIn({ ...OPTIONS, ...TIME })

function namesIn<T>(table: NamesOf<T>): ReadonlySet<string> {
  return new Set(Object.keys(table))
}

/**
 * The logs of a send, which says only what a send can: a field that nobody reads would be lost without a word. Of a list,
 * the encoder looks at each log.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG` with the nearest name, or with what to write instead
 */
export function logsOf(request: SendRequest): SendRequest['logs'] {
  if (!hasNames(request)) throw notRequest(request)
  checkNames(request, REQUEST_NAMES, 'A send', hintInRequest)
  const { logs } = request
  if (typeof logs !== 'object' || logs === null) throw notLogs(logs)
  if (!Array.isArray(logs)) checkLogFields(logs as Log)
  return logs
}

/** Whether a destination names only what a destination has. Throws as {@link logsOf}. */
export function checkDestination(destination: Destination): void {
  checkOptions('A destination', destination, DESTINATION_NAMES)
}

/** Whether the options of a writer's send are such. Throws as {@link logsOf}. */
export function checkWriteOptions(options: object): void {
  checkOptions('The second argument of a send', options, WRITE_NAMES)
}

/** The same for `trySend`, which never waits and so has only the time of its log. */
export function checkLogTime(time: object): void {
  checkOptions('The second argument of trySend', time, TIME_NAMES)
}

const EXAMPLE = 'write send({ logs: { contents: { key: value } } })'

function checkOptions(what: string, given: object, known: ReadonlySet<string>): void {
  if (!hasNames(given)) throw invalid(`${what} must be an object, got ${describedKind(given)}`)
  checkNames(given, known, what, (name) => didYouMean(name, known))
}

function checkNames(given: object, known: ReadonlySet<string>, what: string, hint: (name: string) => string): void {
  for (const name in given) {
    if (known.has(name)) continue
    const isGiven = Object.hasOwn(given, name) && (given as Record<string, unknown>)[name] !== undefined
    if (isGiven) throw invalid(`${what} has no field ${shown(name)}${hint(name)}`)
  }
}

function hintInRequest(name: string): string {
  if (name === 'contents') return `: ${EXAMPLE}`
  if (['time', 'timestamp', 'nanoseconds'].includes(name)) return ': each log has its own, { logs: { contents, time } }'
  const nearest = nearestName(name, [...REQUEST_NAMES])
  return nearest === undefined ? `: what a log tells goes into its contents; ${EXAMPLE}` : `: did you mean ${nearest}?`
}

function didYouMean(name: string, known: ReadonlySet<string>): string {
  const nearest = nearestName(name, [...known])
  return nearest === undefined ? `: it has ${[...known].join(', ')}` : `: did you mean ${nearest}?`
}

function notRequest(given: unknown): ProducerError {
  if (Array.isArray(given)) return invalid('send takes an object with logs, got an array: write send({ logs: [...] })')
  return invalid(`send takes an object with logs, got ${describedKind(given)}: ${EXAMPLE}`)
}

function notLogs(given: unknown): ProducerError {
  return invalid(`logs must be a log or a list of logs, got ${describe(given)}: ${EXAMPLE}`)
}

function describedKind(given: unknown): string {
  if (given === undefined) return 'nothing'
  return given === null ? 'null' : typeof given === 'object' ? kindOf(given) : `a ${typeof given}`
}

function invalid(message: string): ProducerError {
  return new ProducerError('ERR_LOGHUB_INVALID_LOG', message)
}
