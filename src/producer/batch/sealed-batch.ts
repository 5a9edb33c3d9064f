import type { SealReason } from '../sends/seal-reason.ts'
import type { BatchBody } from './batch-body.ts'
import type { GroupKey } from './group-key.ts'

/** A batch that takes no more logs. Nothing of it changes but where its bytes are, which the {@link BatchBody} knows. */
export interface SealedBatch {
  readonly key: GroupKey
  /** Empty for a batch that was given up while it was open. */
  readonly packId: string
  readonly logCount: number
  /** Of the LogGroup. */
  readonly rawSizeInBytes: number
  /** Undefined for a batch that was given up while it was open. */
  readonly sealReason: SealReason | undefined
  /** On the monotonic clock. Of a batch from another process: before its zero, by as much as the batch is older. */
  readonly openedAtMs: number
  readonly body: BatchBody
}
