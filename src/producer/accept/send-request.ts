import type { Log } from '../../sls/log.ts'
import type { Overflow } from '../options.ts'

/** Where logs go. What is left out comes from the producer's options. */
export interface Destination {
  readonly project?: string
  readonly logstore?: string
  readonly topic?: string
  readonly source?: string
  /** Logs with the same key go to the same shard. Default: any shard. */
  readonly shardHash?: string
}

/** How a send behaves when the memory budget is full. */
export interface SendOptions {
  /** Default: the producer's. */
  readonly overflow?: Overflow
  /** Longest wait for memory, in milliseconds; -1 for ever, 0 never. Default: the producer's. */
  readonly maxBlockMs?: number
  /** Gives up the wait for memory. Logs that are accepted already are sent all the same. */
  readonly signal?: AbortSignal
}

export interface SendRequest extends Destination, SendOptions {
  /** One log, or a list that is kept together as far as requests can hold it. 1 to 40,960 logs. */
  readonly logs: Log | readonly Log[]
}
