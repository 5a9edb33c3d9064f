import type { SpoolOptions } from '../../spool/options.ts'

/**
 * When a batch goes to disk. Each mode does what those after it do. `always`: before its first request. `overflow`: when memory
 * runs short. `on-failure`: when its delivery time or retries are used up, or its destination has been down for `spillAfterMs`.
 * `on-close`: what has no verdict at the deadline of `close`.
 */
export type SpoolMode = 'always' | 'overflow' | 'on-failure' | 'on-close'

export const SPOOL_MODES: readonly SpoolMode[] = ['always', 'overflow', 'on-failure', 'on-close']

/** When an append counts as being on disk: after a sync that is shared by all that wait, within `syncIntervalMs`, or at once. */
export type SpoolDurability = 'batch' | 'interval' | 'os'

export const SPOOL_DURABILITIES: readonly SpoolDurability[] = ['batch', 'interval', 'os']

/** A disk queue for batches: what a crash, an outage or the end of the process would lose. */
export interface SpoolConfig {
  /** Made where it does not exist. Several producers and processes may name the same one. */
  readonly directory: string
  /** @default 'on-failure' */
  readonly mode?: SpoolMode | undefined
  /**
   * What the files of this producer may take, in bytes. At least 1 MiB.
   * @default 1073741824 (1 GiB)
   */
  readonly maxBytes?: number | undefined
  /**
   * What one project may have of `maxBytes` while others have batches on disk. Above 0, at most 1.
   * @default 0.5
   */
  readonly maxProjectShare?: number | undefined
  /** @default 'batch' */
  readonly durability?: SpoolDurability | undefined
  /**
   * With durability `interval`: longest time until a sync, in milliseconds. At least 1.
   * @default 200
   */
  readonly syncIntervalMs?: number | undefined
  /**
   * With mode `overflow`, and with the overflow policy `spill`: how much of the memory budget may be in use before batches
   * are moved to disk. Above 0, at most 1.
   * @default 0.75
   */
  readonly spillAt?: number | undefined
  /**
   * How long a batch is tried before it goes to disk, in milliseconds; its deadline counts as well. At least 1.
   * @default 10000
   */
  readonly spillAfterMs?: number | undefined
  /**
   * Older batches are dropped from disk, in milliseconds. At least 1000.
   * @default 604800000 (7 days)
   */
  readonly maxAgeMs?: number | undefined
  /**
   * What may be read back from disk in a second, in bytes.
   * @default no limit
   */
  readonly replayRateLimit?: number | undefined
  /**
   * This slot of the directory and no other; a second producer with the same one gets `ERR_LOGHUB_SPOOL_LOCKED`.
   * @default the first free one
   */
  readonly slot?: number | undefined
  /** @internal Another disk, for tests. */
  readonly io?: SpoolIo | undefined
}

/** What the spool knows of its machine. */
export type SpoolIo = Pick<SpoolOptions, 'files' | 'sockets' | 'boot' | 'segmentBytes'>

export interface ResolvedSpoolConfig extends Required<Omit<SpoolConfig, 'slot' | 'replayRateLimit' | 'io'>> {
  readonly slot: number | undefined
  readonly io: SpoolIo | undefined
  readonly replayRateLimit: number | undefined
}

export const spoolDefaults = {
  mode: 'on-failure',
  maxBytes: 1024 * 1024 * 1024,
  maxProjectShare: 0.5,
  durability: 'batch',
  syncIntervalMs: 200,
  spillAt: 0.75,
  spillAfterMs: 10_000,
  maxAgeMs: 7 * 24 * 3600 * 1000,
} as const satisfies Omit<Required<SpoolConfig>, 'directory' | 'slot' | 'replayRateLimit' | 'io'>

export function withSpoolDefaults(config: SpoolConfig): ResolvedSpoolConfig {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
  return {
    ...spoolDefaults,
    slot: undefined,
    replayRateLimit: undefined,
    io: undefined,
    ...(given as unknown as SpoolConfig),
  } as ResolvedSpoolConfig
}
