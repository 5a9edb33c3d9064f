import type { GroupKey } from '../../src/producer/batch/group-key.ts'
import { ProducerBatch } from '../../src/producer/batch/producer-batch.ts'

/** An empty batch of a group; what is not named is the same in all of them. */
export function batchOf(key: Partial<GroupKey> = {}, openedAtMs = 0): ProducerBatch {
  const whole = { project: 'project', logstore: 'logstore', topic: '', source: '', shardHash: undefined, ...key }
  return new ProducerBatch(whole, openedAtMs, openedAtMs + 180_000)
}
