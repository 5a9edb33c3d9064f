import { resolve } from 'node:path'
import type { SpoolOptions } from '../../spool/options.ts'

/**
 * When a batch goes to disk. Each mode also does what the modes after it do. `always`: before its first request. `overflow`:
 * when memory runs short. `on-failure`: when its delivery time or retries are used up, or delivery has failed for
 * `spillAfterMs`. `on-close`: when it is not delivered at the deadline of `close`.
 */
export type SpoolMode = 'always' | 'overflow' | 'on-failure' | 'on-close'

export const SPOOL_MODES: readonly SpoolMode[] = ['always', 'overflow', 'on-failure', 'on-close']

/**
 * When a batch counts as being on disk. `batch`: after a sync, one for all batches that wait. `interval` and `os`: as soon as it is
 * written; a sync follows within `syncIntervalMs`, or when the operating system does it.
 */
export type SpoolDurability = 'batch' | 'interval' | 'os'

export const SPOOL_DURABILITIES: readonly SpoolDurability[] = ['batch', 'interval', 'os']

/** A disk queue for batches that a crash, an outage or the end of the process would otherwise lose. */
export interface SpoolConfig {
  /** Created if it does not exist. Several producers and processes may use the same directory. */
  readonly directory: string
  /**
   * When batches go to disk.
   * @default 'on-failure'
   */
  readonly mode?: SpoolMode | undefined
  /**
   * Largest size of the files of this producer, in bytes. At least 1 MiB.
   * @default 1073741824 (1 GiB)
   */
  readonly maxBytes?: number | undefined
  /**
   * The part of `maxBytes` that one project may take while others have batches on disk. Above 0, at most 1.
   * @default 0.5
   */
  readonly maxProjectShare?: number | undefined
  /**
   * When batches are forced to the disk.
   * @default 'batch'
   */
  readonly durability?: SpoolDurability | undefined
  /**
   * With durability `interval`: longest time until a sync, in milliseconds. At least 1.
   * @default 200
   */
  readonly syncIntervalMs?: number | undefined
  /**
   * With mode `overflow`, and with the overflow policy `spill`: the part of the memory budget in use above which batches are
   * moved to disk. Above 0, at most 1.
   * @default 0.75
   */
  readonly spillAt?: number | undefined
  /**
   * With `on-failure`: how long a batch is tried before it goes to disk, in milliseconds; at its delivery deadline it goes in any
   * case. At least 1.
   * @default 10000
   */
  readonly spillAfterMs?: number | undefined
  /**
   * Batches older than this are dropped from disk, in milliseconds. At least 1000.
   * @default 604800000 (7 days)
   */
  readonly maxAgeMs?: number | undefined
  /**
   * How much is read back from disk, in bytes per second.
   * @default no limit
   */
  readonly replayRateLimit?: number | undefined
  /**
   * Number of the slot in the directory; no other is used. A second producer with the same slot gets `ERR_LOGHUB_SPOOL_LOCKED`.
   * @default the first free one
   */
  readonly slot?: number | undefined
  /** @internal Another disk, for tests. */
  readonly io?: SpoolIo | undefined
}

/** Replacements for the parts of the machine that the spool uses. */
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
    // The application may change its working directory later.
    directory: resolve(config.directory),
  } as ResolvedSpoolConfig
}
