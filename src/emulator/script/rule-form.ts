import { HttpError } from '../../server/http-error.ts'
import type { ScriptEffect, ScriptMatch, ScriptRule } from './script.ts'

type Kind = 'text' | 'number' | 'duration' | 'rate' | 'flag' | readonly string[] | 'headers' | 'quota'

const MATCH: Readonly<Record<keyof ScriptMatch, Kind>> = {
  project: 'text',
  logstore: 'text',
  method: 'text',
  path: 'text',
}

const EFFECT: Readonly<Record<Exclude<keyof ScriptEffect, 'refuseLog'>, Kind>> = {
  delayMs: 'duration',
  status: 'number',
  errorCode: 'text',
  errorMessage: 'text',
  body: 'text',
  headers: 'headers',
  reset: ['before', 'after'],
  truncateAnswer: 'flag',
  withoutRequestId: 'flag',
  clockOffsetMs: 'number',
  bytesPerSecond: 'rate',
  shardQuota: 'quota',
  projectQuota: 'quota',
}

const LONGEST_TEXT = 64 * 1024
// The maximum of timers.
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Checks a rule in JSON form, which has no functions. Throws an {@link HttpError} that names the problem. */
export function ruleOf(form: unknown): ScriptRule {
  const { match = {}, times, then, ...others } = objectOf(form, 'the rule')
  refuseUnknown(others, ['match', 'times', 'then'])
  if (times !== undefined && !(Number.isSafeInteger(times) && (times as number) > 0)) {
    throw wrong('times must be a whole number above 0')
  }
  const effect = checked(objectOf(then, 'then'), EFFECT) as ScriptEffect
  const { status } = effect
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599))
    throw wrong('status must be 200 to 599')
  // biome-ignore lint/suspicious/noThenProperty: a rule is an argument, nobody awaits it
  return { match: checked(objectOf(match, 'match'), MATCH) as ScriptMatch, times: times as number, then: effect }
}

function checked(form: Record<string, unknown>, kinds: Readonly<Record<string, Kind>>): object {
  refuseUnknown(
    Object.fromEntries(Object.entries(form).filter(([name]) => !Object.hasOwn(kinds, name))),
    Object.keys(kinds),
  )
  for (const [name, value] of Object.entries(form)) {
    if (!isOfKind(value, kinds[name] as Kind)) throw wrong(`${name} is not what it should be: ${String(kinds[name])}`)
  }
  return form
}

function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value.length <= LONGEST_TEXT
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    case 'duration':
      return typeof value === 'number' && value >= 0 && value <= LONGEST_DELAY_MS
    case 'rate':
      return typeof value === 'number' && Number.isFinite(value) && value > 0
    case 'flag':
      return typeof value === 'boolean'
    case 'headers':
      return isRecord(value) && Object.entries(value).every(([name, text]) => isHeader(name, text))
    case 'quota':
      return isRecord(value) && Object.values(value).every((amount) => typeof amount === 'number' && amount > 0)
    default:
      return typeof value === 'string' && kind.includes(value)
  }
}

function isHeader(name: string, value: unknown): boolean {
  return /^[\w-]+$/.test(name) && typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (isRecord(value)) return value
  throw wrong(`${what} must be an object`)
}

function refuseUnknown(unknown: object, known: readonly string[]): void {
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw wrong(`${name} is unknown; there are ${known.join(', ')}`)
}

function wrong(message: string): HttpError {
  return new HttpError(400, message)
}
