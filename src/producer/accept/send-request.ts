import { checkSignal } from '../../core/check-signal.ts'
import { ProducerError } from '../../core/errors.ts'
import { shown } from '../../core/shown.ts'
import type { Log } from '../../sls/wire/log.ts'
import { OVERFLOWS, type Overflow, RESOLVE_ONS, type ResolveOn } from '../options.ts'
import type { Origin } from '../sends/origin.ts'

/** Where logs go. What is left out comes from the producer's options. */
export interface Destination {
  /** Name of the project. Default: the producer's. */
  readonly project?: string | undefined
  /** Name of the logstore. Default: the producer's. */
  readonly logstore?: string | undefined
  /** What the logs are about. Default: the producer's. */
  readonly topic?: string | undefined
  /** Where the logs come from, such as a host name. Default: the producer's. */
  readonly source?: string | undefined
  /**
   * Logs with the same `shardHash` go to the same shard. With `adjustShardHash` it is any text of 1 to 4096 bytes, which is
   * hashed; without, it is the hash itself, 32 hex digits. Default: any shard.
   */
  readonly shardHash?: string | undefined
  /**
   * Tags of its logs, in addition to those of the producer; a tag with the same name replaces it. Names of 1 to 128 bytes,
   * not `__pack_id__`; names and values together at most 64 KiB. Logs with different tags are sent in different requests.
   */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /**
   * Where its logs come from, such as the path of a file. Each context has its own sequence of pack ids, so the context view of
   * the service shows its logs as neighbours. At most 4096 bytes. Default: one sequence for all logs of a logstore.
   */
  readonly context?: string | undefined
}

/** How a send behaves when the memory budget is full. */
export interface SendOptions {
  /** Default: the producer's. */
  readonly overflow?: Overflow | undefined
  /** Longest wait for memory, in milliseconds; -1: without limit, 0: no wait. Default: the producer's. */
  readonly maxBlockMs?: number | undefined
  /** When this send succeeds; `durable` needs a spool. Default: the producer's. */
  readonly resolveOn?: ResolveOn | undefined
  /** Ends the wait for memory. Logs that are already accepted are sent in any case. */
  readonly signal?: AbortSignal | undefined
}

/** What `send` takes: logs, and where they go. */
export interface SendRequest extends Destination, SendOptions {
  /** One log, or a list of 1 to 40,960 logs, which is sent in one request if it fits. */
  readonly logs: Log | readonly Log[]
  /** Where they come from, if the source can be read again: stored with them on disk. Default: none. */
  readonly origin?: Origin | undefined
}

/** @throws ProducerError `ERR_LOGHUB_OPTION`: a misspelt policy must not wait to be found until memory is full. */
export function checkSendOptions({ overflow, maxBlockMs, resolveOn, signal }: SendOptions): void {
  checkSignal(signal)
  if (resolveOn !== undefined && !RESOLVE_ONS.includes(resolveOn)) {
    throw wrong('resolveOn', RESOLVE_ONS.map((when) => `'${when}'`).join(' or '), resolveOn)
  }
  if (overflow !== undefined && !OVERFLOWS.includes(overflow)) {
    throw wrong('overflow', OVERFLOWS.map((policy) => `'${policy}'`).join(' or '), overflow)
  }
  if (maxBlockMs !== undefined && !(Number.isSafeInteger(maxBlockMs) && maxBlockMs >= -1)) {
    throw wrong('maxBlockMs', 'a whole number, -1 or more', maxBlockMs)
  }
}

function wrong(option: keyof SendOptions, mustBe: string, given: unknown): ProducerError {
  return new ProducerError('ERR_LOGHUB_OPTION', `${option} of a send must be ${mustBe}, got ${shown(given)}`)
}
