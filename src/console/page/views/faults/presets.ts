import type { ScriptEffect } from '../../../../emulator/script/script.ts'

/** A rule that is added with one click. */
export interface Preset {
  readonly title: string
  readonly explanation: string
  readonly effect: ScriptEffect
}

export const PRESETS: readonly Preset[] = [
  {
    title: 'Outage',
    explanation: 'Every request is answered with 503 ServerBusy.',
    effect: { status: 503, errorCode: 'ServerBusy' },
  },
  {
    title: 'Quota of a shard',
    explanation: 'More than 10 writes per second and shard get 403 ShardWriteQuotaExceed.',
    effect: { shardQuota: { requestsPerSecond: 10 } },
  },
  {
    title: 'Slow answers',
    explanation: 'Every answer comes 3 s late.',
    effect: { delayMs: 3000 },
  },
  {
    title: 'Wrong clock',
    explanation: 'The clock of the server is 20 min ahead: RequestTimeExpired.',
    effect: { clockOffsetMs: 20 * 60_000 },
  },
  {
    title: 'Lost answers',
    explanation: 'Writes are stored, then the connection is reset: clients send again.',
    effect: { reset: 'after' },
  },
]
