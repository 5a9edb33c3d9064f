import { Buffer } from 'node:buffer'
import { BatchBody } from '../../src/producer/batch/batch-body.ts'
import { BatchBuilder } from '../../src/producer/batch/batch-builder.ts'
import { BufferPool } from '../../src/producer/batch/buffer-pool.ts'
import type { GroupKey } from '../../src/producer/batch/group-key.ts'
import { ProducerBatch } from '../../src/producer/batch/producer-batch.ts'
import { Reservation, UNLIMITED_MEMORY } from '../../src/producer/batch/reservation.ts'

const KEY: GroupKey = { project: 'project', logstore: 'logstore', topic: '', source: '', shardHash: undefined }

/** An empty batch of a group; what is not named is the same in all of them. */
export function batchOf(key: Partial<GroupKey> = {}, openedAtMs = 0, deadlineMs = openedAtMs + 180_000): ProducerBatch {
  const memory = () => new Reservation(UNLIMITED_MEMORY, 'project')
  const body = new BatchBody(memory(), Buffer.alloc(0), 0)
  const rest = { packId: '', logCount: 0, rawSizeInBytes: 0, sealReason: 'linger' as const }
  return new ProducerBatch({ key: { ...KEY, ...key }, openedAtMs, body, ...rest }, deadlineMs, [], memory())
}

/** An open batch of a group, without logs yet. */
export function openBatch(parts: Partial<ConstructorParameters<typeof BatchBuilder>[0]> = {}): BatchBuilder {
  const times = { openedAtMs: 0, deadlineMs: 180_000 }
  const groupFields = Buffer.from('topic, source and tags')
  return new BatchBuilder({
    key: KEY,
    ...times,
    groupFields,
    pool: new BufferPool(),
    usualBytes: () => 4096,
    memory: UNLIMITED_MEMORY,
    ...parts,
  })
}
