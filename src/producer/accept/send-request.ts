import { ProducerError } from '../../core/errors.ts'
import type { Log } from '../../sls/wire/log.ts'
import { checkSignal } from '../given-options.ts'
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
   * Logs with the same key go to the same shard. With `adjustShardHash` any text of 1 to 4096 bytes, which is digested;
   * without it the hash itself, 32 hex digits. Default: any shard.
   */
  readonly shardHash?: string | undefined
  /**
   * Tags of its logs beside those of the producer, which they replace by name. Names of 1 to 128 bytes but `__pack_id__`;
   * names and values together at most 64 KiB. Logs with other tags travel in other requests.
   */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /**
   * Where its logs come from, such as the path of a file: they are numbered by themselves, and the service's context view
   * shows them as neighbours. At most 4096 bytes. Default: all logs of a logstore are numbered together.
   */
  readonly context?: string | undefined
}

/** How a send behaves when the memory budget is full. */
export interface SendOptions {
  /** Default: the producer's. */
  readonly overflow?: Overflow | undefined
  /** Longest wait for memory, in milliseconds; -1 for ever, 0 never. Default: the producer's. */
  readonly maxBlockMs?: number | undefined
  /** When this send is told of success: `durable` needs a spool. Default: the producer's. */
  readonly resolveOn?: ResolveOn | undefined
  /** Gives up the wait for memory. Logs that are accepted already are sent all the same. */
  readonly signal?: AbortSignal | undefined
}

/** What `send` takes: logs, and where they go. */
export interface SendRequest extends Destination, SendOptions {
  /** One log, or a list that is kept together as far as requests can hold it. 1 to 40,960 logs. */
  readonly logs: Log | readonly Log[]
  /** Where they come from, if that can be read again: kept with them on disk. Default: none. */
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
  const shown = typeof given === 'object' ? 'an object' : String(given)
  return new ProducerError('ERR_LOGHUB_OPTION', `${option} of a send must be ${mustBe}, got ${shown}`)
}
