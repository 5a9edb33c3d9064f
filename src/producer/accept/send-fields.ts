import { ProducerError } from '../../core/errors.ts'
import { nearestName } from '../../core/nearest-name.ts'
import type { Log } from '../../sls/wire/log.ts'
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
const REQUEST: NamesOf<SendRequest> = { ...DESTINATION, ...OPTIONS, logs: true }
const TIME: NamesOf<Omit<Log, 'contents'>> = { time: true, nanoseconds: true }
const WRITE: NamesOf<SendOptions & Omit<Log, 'contents'>> = { ...OPTIONS, ...TIME }

/**
 * Whether a send says only what a send can: a field that nobody reads would be lost without a word.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG` with the nearest name, or with what to write instead
 */
export function checkRequest(request: SendRequest): void {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) throw notRequest(request)
  checkNames(request, REQUEST, 'A send', hintInRequest)
  if (request.logs === undefined) throw invalid(`logs must be a log or a list of logs, got undefined: ${EXAMPLE}`)
}

/** Whether a destination names only what a destination has. Throws as {@link checkRequest}. */
export function checkDestination(destination: Destination): void {
  checkOptions('A destination', destination, DESTINATION)
}

/** Whether the options of a writer's send are such. Throws as {@link checkRequest}. */
export function checkWriteOptions(options: object): void {
  checkOptions('The second argument of a send', options, WRITE)
}

/** The same for `trySend`, which never waits and so has only the time of its log. */
export function checkLogTime(time: object): void {
  checkOptions('The second argument of trySend', time, TIME)
}

const EXAMPLE = 'write send({ logs: { contents: { key: value } } })'

function checkOptions(what: string, given: object, known: object): void {
  if (typeof given !== 'object' || given === null) throw invalid(`${what} must be an object, got ${kindOf(given)}`)
  checkNames(given, known, what, (name) => didYouMean(name, known))
}

function checkNames(given: object, known: object, what: string, hint: (name: string) => string): void {
  for (const name in given) {
    if (Object.hasOwn(known, name)) continue
    const isGiven = Object.hasOwn(given, name) && (given as Record<string, unknown>)[name] !== undefined
    if (isGiven) throw invalid(`${what} has no field '${short(name)}'${hint(name)}`)
  }
}

function hintInRequest(name: string): string {
  if (name === 'contents') return `: ${EXAMPLE}`
  if (['time', 'timestamp', 'nanoseconds'].includes(name)) return ': each log has its own, { logs: { contents, time } }'
  const nearest = nearestName(name, Object.keys(REQUEST))
  return nearest === undefined ? `: what a log tells goes into its contents; ${EXAMPLE}` : `: did you mean ${nearest}?`
}

function didYouMean(name: string, known: object): string {
  const nearest = nearestName(name, Object.keys(known))
  return nearest === undefined ? `: it has ${Object.keys(known).join(', ')}` : `: did you mean ${nearest}?`
}

function notRequest(given: unknown): ProducerError {
  if (Array.isArray(given)) return invalid('send takes an object with logs, got an array: write send({ logs: [...] })')
  return invalid(`send takes an object with logs, got ${kindOf(given)}: ${EXAMPLE}`)
}

function kindOf(given: unknown): string {
  if (given === undefined) return 'nothing'
  return given === null ? 'null' : typeof given === 'object' ? 'an object' : `a ${typeof given}`
}

function short(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name
}

function invalid(message: string): ProducerError {
  return new ProducerError('ERR_LOGHUB_INVALID_LOG', message)
}
