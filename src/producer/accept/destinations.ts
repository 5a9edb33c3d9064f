import { ProducerError } from '../../core/errors.ts'
import { shown } from '../../core/shown.ts'
import { areTags, GROUP_TEXT_IN_BYTES, isGroupText, isTextWithin, TAGS_MUST_BE } from '../../sls/wire/group-limits.ts'
import { adjustShardHash, isShardHash } from '../../sls/wire/shard-hash.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { LiveOptions } from '../options.ts'
import type { Destination } from './send-request.ts'

/** The names that the service allows, and a little more: its own rules differ from page to page. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/

/** Long enough for any path. */
const CONTEXT_IN_BYTES = 4096

/** Long enough for a path or a URL: a key names logs that belong together, and is digested at each send. */
const SHARD_KEY_IN_BYTES = 4096

export interface DestinationDefaults {
  readonly project: string | undefined
  readonly logstore: string | undefined
  readonly hasProject: (name: string) => boolean
}

/** Resolves what a caller says of a destination to the key of its group. Throws what is wrong with it. */
export class Destinations {
  readonly #options: LiveOptions
  readonly #defaults: DestinationDefaults
  /** Found good before: the next send mostly names the same (`bench/calling-thread.mjs`). */
  #knownLogstore: string | undefined

  constructor(options: LiveOptions, defaults: DestinationDefaults) {
    this.#options = options
    this.#defaults = defaults
  }

  resolve(destination: Destination): GroupKey {
    const { topic, source } = this.#options.current
    const key = {
      project: this.#project(destination.project),
      logstore: this.#logstore(destination.logstore),
      topic: destination.topic ?? topic,
      source: destination.source ?? source,
      shardHash: this.#shardHash(destination.shardHash),
      tags: tagsOf(destination.tags),
      context: contextOf(destination.context),
    }
    if (!isGroupText(key.topic)) throw invalid(`topic must be a string of at most ${GROUP_TEXT_IN_BYTES} bytes`)
    if (!isGroupText(key.source)) throw invalid(`source must be a string of at most ${GROUP_TEXT_IN_BYTES} bytes`)
    return key
  }

  /** Projects come and go while the producer runs: a key that was good once may not be any more. */
  isKnown(project: string): boolean {
    return this.#defaults.hasProject(project)
  }

  #project(given: string | undefined): string {
    const project = given ?? this.#defaults.project
    if (project === undefined || project === '') {
      const message = 'no project: name one in the send or in the options'
      throw new ProducerError('ERR_LOGHUB_PROJECT_UNKNOWN', message)
    }
    if (!this.isKnown(project)) throw unknownProject(project)
    return project
  }

  #logstore(given: string | undefined): string {
    const logstore = given ?? this.#defaults.logstore
    if (logstore !== undefined && logstore === this.#knownLogstore) return logstore
    if (logstore === undefined || logstore === '') throw invalid('no logstore: name one in the send or in the options')
    if (typeof logstore !== 'string' || !NAME.test(logstore)) {
      throw invalid(
        'logstore must be 1 to 128 letters, digits, dots, dashes and underscores, beginning with a letter or digit',
      )
    }
    this.#knownLogstore = logstore
    return logstore
  }

  #shardHash(given: string | undefined): string | undefined {
    if (given === undefined || given === null) return undefined
    if (typeof given !== 'string') throw invalid('shardHash must be a string')
    const { adjustShardHash: adjust, buckets } = this.#options.current
    if (adjust) return adjustShardHash(shardKeyOf(given), buckets)
    if (!isShardHash(given)) throw invalid('shardHash must be 32 hex digits where adjustShardHash is false')
    return given
  }
}

/**
 * A key may be any text that says which logs belong together; its digest is what the service gets. No text does not, and
 * of lone surrogates all have the same bytes.
 */
function shardKeyOf(given: string): string {
  if (given === '') throw invalid('shardHash must not be empty: leave it out for any shard')
  if (!isTextWithin(given, SHARD_KEY_IN_BYTES)) throw invalid(`shardHash must be at most ${SHARD_KEY_IN_BYTES} bytes`)
  if (hasLoneSurrogate(given)) throw invalid('shardHash has half a surrogate pair, which has no UTF-8 form')
  return given
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

/** One text for one set of tags, in whatever order they were given. */
function tagsOf(given: Destination['tags']): string | undefined {
  if (given === undefined) return undefined
  if (!areTags(given)) throw invalid(`tags must be ${TAGS_MUST_BE}`)
  const entries = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries))
}

function contextOf(given: string | undefined): string | undefined {
  if (given === undefined || isTextWithin(given, CONTEXT_IN_BYTES)) return given
  throw invalid(`context must be a string of at most ${CONTEXT_IN_BYTES} bytes`)
}

export function unknownProject(project: string): ProducerError {
  const message = `project ${shown(project)} is not configured: pass it to the constructor or to putProject()`
  return new ProducerError('ERR_LOGHUB_PROJECT_UNKNOWN', message)
}

function invalid(message: string): ProducerError {
  return new ProducerError('ERR_LOGHUB_INVALID_LOG', message)
}
