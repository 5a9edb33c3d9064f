import { hasNames } from '../../core/has-names.ts'
import { nearestName } from '../../core/nearest-name.ts'
import { describe, invalidLog, quote } from './invalid-log.ts'
import type { Log } from './log.ts'

const NAMES = ['contents', 'time', 'nanoseconds'] as const satisfies readonly (keyof Log)[]

/** What other loggers call the time of a log, in lower case. */
const TIMES: ReadonlySet<string> = new Set(['timestamp', '@timestamp', 'ts', 'date', 'datetime'])
/** What all logs of a send have in common. */
const OF_THE_SEND: ReadonlySet<string> = new Set(['topic', 'source', 'tags', 'shardHash', 'project', 'logstore'])

/**
 * Whether a log says only what a log can: a field beside `contents` that nobody reads would be lost without a word.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG` with the nearest name, or with where the field belongs
 */
export function checkLogFields(log: Log): void {
  if (!hasNames(log)) {
    throw invalidLog(
      `A log must be an object with contents, but is ${describe(log)}: write { contents: { key: value } }`,
    )
  }
  for (const name in log) {
    if (name === 'contents' || name === 'time' || name === 'nanoseconds') continue
    if (Object.hasOwn(log, name) && (log as unknown as Record<string, unknown>)[name] !== undefined)
      throw unknown(log, name)
  }
}

function unknown(log: Log, name: string): Error {
  const hint = OF_THE_SEND.has(name) ? 'it belongs into the send, beside logs' : hintFor(log, name)
  return invalidLog(`A log has no field ${quote(name)}: ${hint}`)
}

function hintFor(log: Log, name: string): string {
  const nearest = TIMES.has(name.toLowerCase()) ? 'time' : nearestName(name, NAMES)
  if (nearest !== undefined && log.contents !== undefined) return `did you mean ${nearest}?`
  return `what a log tells goes into its contents, { contents: { ${name}: … } }`.replace(name, quoteKey(name))
}

function quoteKey(name: string): string {
  return /^[A-Za-z_$][\w$]{0,40}$/.test(name) ? name : quote(name)
}
