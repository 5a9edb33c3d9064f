import { isSinkError } from './sink.ts'

/**
 * Why a reading cannot go on from where it is, or undefined when it failed for another reason.
 *
 * - `shard`: the shard no longer exists. It was split or merged, and its logs have expired: read the shards that `listShards`
 *   names now, those that are new from their beginning.
 * - `cursor`: the logs that the cursor points at have expired. Get another one, `begin` for the oldest that are left.
 */
export function readingLost(error: unknown): 'shard' | 'cursor' | undefined {
  if (!isSinkError(error)) return undefined
  if (error.serverCode === 'ShardNotExist') return 'shard'
  return error.serverCode === 'InvalidCursor' ? 'cursor' : undefined
}
